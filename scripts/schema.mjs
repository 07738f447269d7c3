// Writes schema/shop.schema.json anew from the schema of shop.yaml.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const program = `
const { writeFileSync } = require('node:fs');
const { z } = require('zod');
const { shopFileSchema } = require('./src/catalog/schema');
writeFileSync('schema/shop.schema.json', JSON.stringify(z.toJSONSchema(shopFileSchema, { io: 'input' }), null, 2) + '\\n');
`;
const { status } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '--eval', program], { stdio: 'inherit' });
process.exitCode = status ?? 1;
