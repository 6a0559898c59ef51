// What the extension and the server say to each other beyond the Language Server Protocol: the server's own commands, its start
// options and the notification `meca/run`. The other side of this mirror is the server's `lsp` package.

/** Given to the server with `initialize`. It asks for all settings by itself; `rules` are right from the first finding on. */
export interface InitializationOptions {
  /** False in Restricted Mode: the server then builds and runs nothing. */
  readonly trusted: boolean;
  /** Asks for `meca/run`; the server then shows no messages of its own about a run. */
  readonly runEvents: boolean;
  /** The setting `meca.rules`: severities by the rules' codes. */
  readonly rules: Readonly<Record<string, string>>;
}

/** The server's commands that start a job; each answers at once with a `RunStarted`. */
export const jobCommands = { 'meca.run': 'run', 'meca.build': 'build' } as const;
export const stopCommand = 'meca.stop';

export type JobCommand = keyof typeof jobCommands;
export type Job = (typeof jobCommands)[JobCommand];

/** The one argument of the server's commands. */
export interface FolderArgument {
  /** The task folder's URI. */
  readonly folder: string;
}

export interface RunStarted {
  readonly run: string;
}

export const runEventMethod = 'meca/run';

/** One fact about a job under way. `run` tells jobs apart; `begin` comes first and `end` last. */
export interface RunEvent {
  readonly run: string;
  readonly folder: string;
  readonly job: Job;
  readonly kind: 'begin' | 'state' | 'log' | 'end';
  /** With kind `state`: the phase that begins. */
  readonly state?: Phase;
  /** With kind `log`: where the line comes from. */
  readonly stream?: 'build' | 'stdout' | 'stderr';
  /** With kind `log`: one line without its line end, control characters already made visible. */
  readonly text?: string;
  /** With kind `end`. */
  readonly verdict?: Verdict;
}

export type Phase = 'build' | 'start' | 'ready' | 'answer' | 'remove';

export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'canceled' | 'error';
  readonly message: string;
  readonly durationMs: number;
  readonly phases: readonly PhaseTime[];
  /** Set once the task has answered. */
  readonly answer?: Answer;
}

export interface PhaseTime {
  readonly name: string;
  readonly ms: number;
  readonly cached: boolean;
}

export interface Answer {
  readonly status: number;
  /** The size of the whole body. */
  readonly bytes: number;
  /** How the body compares with example_output.bin, by the hosts' rule: `exact` and `trimmed` pass, `json` and `different` do not. */
  readonly match: 'exact' | 'trimmed' | 'json' | 'different';
  /** Base64, the first MiB. */
  readonly body: string;
  /** Base64, the first MiB of example_output.bin. */
  readonly expected: string;
  /** True where either side is longer than what is given here. */
  readonly truncated: boolean;
}
