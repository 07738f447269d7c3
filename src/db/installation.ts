import type { Db } from './connection';
import { newToken } from './ids';

/** Id of this installation, made once: what the marker in Temporal is named after. */
export async function installationId(db: Db): Promise<string> {
  await db('installation')
    .insert({ id: 1, installation_id: newToken().replaceAll(/[-_]/g, '').slice(0, 20) })
    .onConflict('id')
    .ignore();
  const row: { installation_id: string } | undefined = await db('installation').where({ id: 1 }).first('installation_id');
  if (row === undefined) throw new Error('the installation id was neither written nor found');
  return row.installation_id;
}
