import { spawn } from 'node:child_process';
import process from 'node:process';
import { say } from './say.mjs';

/** Runs a program that takes long: says every few seconds how long it has been at it. Resolves with its exit code and the end of its output. */
export function runSlowly({ program, args, options, what, usually }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const started = Date.now();
    let tail = '';
    const note = (text) => {
      tail = `${tail}${text}`.slice(-3_000);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    const timer = setInterval(() => say(`  … ${what}, ${Math.round((Date.now() - started) / 1000)} s (${usually})`), 10_000);
    const end = (code) => {
      clearInterval(timer);
      resolve({ code, tail: tail.trim() });
    };
    child.once('error', (error) => {
      note(error.message);
      end(1);
    });
    child.once('exit', (code) => end(code ?? 1));
  });
}

/** Runs a program in the foreground, passes signals on, and resolves with its exit code. */
export function runForeground(program, args, environment) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', env: environment });
    const forward = (signal) => () => {
      // A terminal sends Ctrl-C to the child itself; only what came to this process alone is passed on.
      if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
    };
    const handlers = ['SIGINT', 'SIGTERM'].map((signal) => [signal, forward(signal)]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    child.once('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}
