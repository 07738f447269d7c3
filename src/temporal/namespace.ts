import { isGrpcServiceError, type Client } from '@temporalio/client';

/** Codes of gRPC (grpc.io, "Status codes"): NOT_FOUND and ALREADY_EXISTS. */
const notFound: number = 5;
const alreadyExists: number = 6;
const retentionSeconds = 7 * 86_400;

/** Makes the namespace where it is missing; histories are kept 7 days. */
export async function ensureNamespace(client: Client): Promise<void> {
  const { namespace } = client.options;
  try {
    await client.workflowService.describeNamespace({ namespace });
    return;
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== notFound) throw error;
  }
  try {
    await client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: retentionSeconds } as never });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== alreadyExists) throw error;
  }
}
