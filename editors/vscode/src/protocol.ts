// What the extension and the server say to each other beyond the Language Server Protocol: the server's own commands, its start
// options and the notifications `meca/run` and `meca/tasks`. The other side of this mirror is the server's `lsp` package.

import type { Diagnostic } from 'vscode-languageclient/node';

/** Given to the server with `initialize`. It asks for all settings by itself; `rules` are right from the first finding on. */
export interface InitializationOptions {
  /** False in Restricted Mode: the server then builds and runs nothing. */
  readonly trusted: boolean;
  /** Asks for `meca/run`; the server then shows no messages of its own about a run. */
  readonly runEvents: boolean;
  /** Asks for `meca/tasks`. */
  readonly tasks: boolean;
  /** False: VS Code's own support of JSON gives the outline, the folds and the formatting of config.json. */
  readonly plainJson: boolean;
  /** True: the server publishes its diagnostics, though this client could ask for them; see onceeach.ts. */
  readonly publishDiagnostics: boolean;
  /** The setting `meca.rules`: severities by the rules' codes. */
  readonly rules: Readonly<Record<string, string>>;
}

/** The server's commands that start a job; each answers at once with a `RunStarted`. */
export const jobCommands = { 'meca.run': 'run', 'meca.build': 'build' } as const;
export const stopCommand = 'meca.stop';
export const acceptCommand = 'meca.acceptAnswer';
export const verdictCommand = 'meca.showVerdict';

export type JobCommand = keyof typeof jobCommands;
export type Job = (typeof jobCommands)[JobCommand];

/** The one argument of the server's commands. */
export interface FolderArgument {
  /** The task folder's URI. */
  readonly folder: string;
}

/** What `meca.acceptAnswer` answers where the server wrote the file itself; null where it had the editor change it. */
export interface Replaced {
  /** Where the old bytes are: a path. */
  readonly kept: string;
}

/** How a task is run; what is left out is as the settings say. */
export interface RunOptions {
  readonly as?: View | 'both';
  /** Leaves the container running. */
  readonly keep?: boolean;
}

export type View = 'contract' | 'todays-host';

export interface RunStarted {
  readonly run: string;
}

export const runEventMethod = 'meca/run';

/** One fact about a job under way. `run` tells jobs apart; `begin` comes first and `end`, as soon as the verdict stands, last. */
export interface RunEvent {
  readonly run: string;
  readonly folder: string;
  readonly job: Job;
  readonly kind: 'begin' | 'state' | 'log' | 'end';
  /** With kind `state`: the phase that begins. */
  readonly state?: Phase;
  /** With kind `log`: where the line comes from. */
  readonly stream?: 'build' | 'stdout' | 'stderr' | 'engine';
  /** With kind `log`: one line without its line end, control characters already made visible. */
  readonly text?: string;
  /** With kind `end`. */
  readonly verdict?: Verdict;
  /** With kind `end`: what the run found out, where that shows. */
  readonly findings?: readonly RunFinding[];
}

export type Phase = 'build' | 'start' | 'ready' | 'answer' | 'remove';
export type Outcome = 'passed' | 'failed' | 'canceled' | 'error';

export interface Verdict {
  readonly outcome: Outcome;
  readonly message: string;
  /** The verdict in a few words. */
  readonly summary: string;
  readonly as: View;
  readonly durationMs: number;
  readonly phases: readonly PhaseTime[];
  /** Set once the task has answered. */
  readonly answer?: Answer;
  /** The most memory that the task took, where it was measured. */
  readonly peakBytes?: number;
  /** Its limit. */
  readonly memMiB?: number;
  /** Where the container listens that was left running. */
  readonly kept?: string;
  /** The verdict as on a host of today, where the task was run in both views. */
  readonly today?: Verdict;
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

/** A finding that only a run can have. */
export interface RunFinding {
  readonly code: string;
  /** As in the protocol: 1 is an error, 2 a warning. */
  readonly severity: number;
  readonly uri: string;
  readonly range: Diagnostic['range'];
  readonly message: string;
}

export const tasksMethod = 'meca/tasks';

/** All tasks of the workspace, in the order of their URIs; sent each time that anything of it changes. */
export interface TaskList {
  readonly tasks: readonly TaskItem[];
}

export interface TaskItem extends FolderArgument {
  /** For a person: relative to the workspace's folder. */
  readonly path: string;
  /** As hosts show it. */
  readonly name: string;
  readonly limits: Limits;
  /** Nothing where it was not run in this session. */
  readonly last?: LastRun;
}

export interface Limits {
  readonly cpu: number;
  readonly memMiB: number;
  /** 0 where no GPU is asked for. */
  readonly gpuCount: number;
}

export interface LastRun {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly as: View;
  readonly peakBytes?: number;
  /** The folder has changed since. */
  readonly stale: boolean;
}
