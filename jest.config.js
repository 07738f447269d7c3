const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }],
};
const common = { testEnvironment: 'node', transform, modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'] };
const database = ['\\.db\\.test\\.ts$'];

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers: 2,
  // Machines that are shared by others are slow at times; no test waits for this to pass.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{src,sandbox}/**/*.test.ts', '<rootDir>/test/{unit,providers,panels}/**/*.test.ts'],
      testPathIgnorePatterns: database,
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'db',
      testMatch: ['<rootDir>/{src,test}/**/*.db.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/{e2e,workflows}/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/patience.ts'],
    },
    {
      ...common,
      displayName: 'long',
      testMatch: ['<rootDir>/test/long/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/support/longPatience.ts'],
    },
  ],
};
