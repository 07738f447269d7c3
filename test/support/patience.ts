import { jest } from '@jest/globals';

// Real servers take seconds where a unit takes milliseconds.
jest.setTimeout(90_000);
