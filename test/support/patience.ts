import { jest } from '@jest/globals';

// Real servers take seconds where a unit takes milliseconds, and so does a recording of 200 requests on a busy machine.
jest.setTimeout(90_000);
