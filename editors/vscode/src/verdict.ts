// What a finished job is called: in a toast, and as the last line in the channel.

import type { Job, Verdict } from './protocol';

/** Milliseconds as a person reads them: `340 ms`, `1.2 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) {
    return `${String(Math.round(ms))} ms`;
  }
  if (ms < 59_950) {
    return `${(ms / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}

/** One sentence; the server's message gives the reason where there is one. */
export function sentence(job: Job, verdict: Verdict): string {
  switch (verdict.outcome) {
    case 'passed':
      return job === 'run' ? `Example passed in ${duration(verdict.durationMs)}.` : `Image built in ${duration(verdict.durationMs)}.`;
    case 'failed':
      return withReason(job === 'run' ? 'Example failed' : 'Build failed', verdict.message);
    case 'error':
      return withReason(job === 'run' ? 'The example could not be run' : 'The image could not be built', verdict.message);
    case 'canceled':
      return job === 'run' ? 'Run stopped.' : 'Build stopped.';
  }
}

/** The phases with their times: `build 0.8 s (cached), start 210 ms`. */
export function phaseTimes(verdict: Verdict): string {
  return verdict.phases.map(phase => `${phase.name} ${duration(phase.ms)}${phase.cached ? ' (cached)' : ''}`).join(', ');
}

/** Whether there are two texts worth laying side by side. */
export function hasDifference(verdict: Verdict): boolean {
  return verdict.answer?.match === 'json' || verdict.answer?.match === 'different';
}

/** `Example failed` and `Failed: no answer.` make `Example failed: no answer.` The server's own first word is left out: `what` says it. */
export function withReason(what: string, message: string): string {
  const reason = message.trim().replace(/^(Failed|Error): /, '');
  if (!reason) {
    return `${what}.`;
  }
  return `${what}: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`;
}
