/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Many tests start processes and servers or play thousands of cases: a machine under load must not fail them.
  testTimeout: 30_000,
  // Jest leaves one core to itself, which is half of a machine with two; most tests wait for servers and processes.
  maxWorkers: '100%',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
};
