// What a finished job is called: in a toast, and as the last line in the channel.

import type { Answer, Job, Limits, Verdict } from './protocol';

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
  const where = verdict.as === 'todays-host' ? ' as on a host of today' : '';
  switch (verdict.outcome) {
    case 'passed':
      return job === 'run' ? `Example passed${where} in ${duration(verdict.durationMs)}.` : `Image built in ${duration(verdict.durationMs)}.`;
    case 'failed':
      return withReason(job === 'run' ? `Example failed${where}` : 'Build failed', verdict.message);
    case 'error':
      return withReason(job === 'run' ? 'The example could not be run' : 'The image could not be built', verdict.message);
    case 'canceled':
      return job === 'run' ? 'Run stopped.' : 'Build stopped.';
  }
}

const matchWords: Record<Answer['match'], string> = {
  exact: 'equal to example_output.bin',
  trimmed: 'equal to example_output.bin but for white space around it',
  json: 'equal to example_output.bin as JSON, but not as text',
  different: 'not equal to example_output.bin',
};

/** What came back, where anything did. */
export function answerLine({ answer }: Verdict): string | undefined {
  return answer && `Answer: status ${String(answer.status)}, ${String(answer.bytes)} ${answer.bytes === 1 ? 'byte' : 'bytes'}, ${matchWords[answer.match]}`;
}

/** The phases with their times: `Times: build 0.8 s (cached), start 210 ms`. */
export function phaseTimes({ phases }: Verdict): string | undefined {
  return phases.length > 0 ? `Times: ${phases.map(phase => `${phase.name} ${duration(phase.ms)}${phase.cached ? ' (cached)' : ''}`).join(', ')}` : undefined;
}

/** The most memory that a run took, beside its limit. */
export function memoryLine({ peakBytes, memMiB }: Verdict): string | undefined {
  return peakBytes === undefined ? undefined : `Memory: at most ${mebibytes(peakBytes)}${memMiB === undefined ? '' : ` of ${String(memMiB)} MiB`}`;
}

/** Bytes as a person reads them: `24.1 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

/** What a task may take: `1 CPU, 128 MiB, 1 GPU`. */
export function limitsText({ cpu, memMiB, gpuCount }: Limits): string {
  const counted = (count: number, what: string) => `${String(count)} ${what}${count === 1 ? '' : 's'}`;
  return [counted(cpu, 'CPU'), `${String(memMiB)} MiB`, ...gpuCount > 0 ? [counted(gpuCount, 'GPU')] : []].join(', ');
}

/** The same in few words, with the most memory that was seen: `peak 24.1 of 128 MiB, 1 CPU`. */
export function usageText({ cpu, memMiB, gpuCount }: Limits, peakBytes: number | undefined): string {
  const peak = peakBytes === undefined ? '' : `peak ${(peakBytes / (1 << 20)).toFixed(1)} of `;
  return `${peak}${String(memMiB)} MiB, ${String(cpu)} CPU${gpuCount > 0 ? `, ${String(gpuCount)} GPU` : ''}`;
}

/** A verdict where the server gave none. */
export function brokenOff(message: string): Verdict {
  return { outcome: 'error', message, summary: message, as: 'contract', durationMs: 0, phases: [] };
}

export function mark({ outcome }: Pick<Verdict, 'outcome'>): string {
  return { passed: '✓', failed: '✗', error: '✗', canceled: '■' }[outcome];
}

/** Whether there are two texts worth laying side by side. */
export function hasDifference(verdict: Verdict): boolean {
  return verdict.answer?.match === 'json' || verdict.answer?.match === 'different';
}

/** `Example failed` and `Failed: no answer.` make `Example failed: no answer.` The server's own first word is left out: `what` says it. */
export function withReason(what: string, message: string): string {
  const reason = message.trim().replace(/^(Failed|Error): /, '').replace(/^(The|This|No|It) /, word => word.toLowerCase());
  if (!reason) {
    return `${what}.`;
  }
  return `${what}: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`;
}

const mostNamed = 5;

/** What came of many tasks, in one sentence or two. */
export function summaryOf(wanted: number, ends: readonly { readonly path: string; readonly verdict: Verdict }[]): string {
  const passed = ends.filter(({ verdict }) => verdict.outcome === 'passed').length;
  const others = ends.filter(({ verdict }) => verdict.outcome === 'failed' || verdict.outcome === 'error')
    .map(({ path, verdict }) => `${path}: ${verdict.summary}`);
  const text = `${String(passed)} of ${String(wanted)} ${wanted === 1 ? 'task' : 'tasks'} passed.`;
  if (others.length === 0) {
    return text;
  }
  const more = others.length > mostNamed ? `, and ${String(others.length - mostNamed)} more` : '';
  return `${text} Not so: ${others.slice(0, mostNamed).join('; ')}${more}.`;
}
