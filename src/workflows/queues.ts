/** Task queues: workflows and Postgres work, and one queue per outside world so that a slow one costs the others nothing. */
export const queues = { shop: 'shop', panel: 'panel', payments: 'payments', telegram: 'telegram', reminders: 'reminders' } as const;
