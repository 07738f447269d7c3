// Loaded into a role that a test starts: when the test is gone, however it ended, its end of this pipe is closed and the role ends too.
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

// Threads load it as well; their input has ended from the start.
if (isMainThread) {
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(1));
  process.stdin.unref();
}
