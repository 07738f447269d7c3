export { userWorkflow } from './user/workflow';
export { ensureAccountWorkflow } from './ensureAccount';
export { showOrderWorkflow } from './showOrder';
export { askProvidersWorkflow } from './jobs/askProviders';
export { reconcilePaymentsWorkflow } from './jobs/reconcilePayments';
export { sweepUsersWorkflow } from './jobs/sweepUsers';
export { retentionWorkflow } from './jobs/retention';
export { installationWorkflow } from './jobs/installation';
