// The language server's life: found, checked, started once behind a queue, started again after a crash with growing waits.

import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as vscode from 'vscode';
import {
  CloseAction, ErrorAction, ErrorCodes, LanguageClient, ResponseError, State, type ErrorHandler,
  type LanguageClientOptions, type Middleware,
} from 'vscode-languageclient/node';
import { askEngine, type EngineState } from './engine';
import { runEventMethod, tasksMethod, type InitializationOptions, type RunEvent, type TaskList } from './protocol';
import { levelOf, Tail } from './reporttext';
import { RestartPolicy, SerialQueue } from './restart';
import { compareVersions, findServer, isFile, messageOf, preflight, type Surroundings } from './server';
import { Sources } from './sources';
import type { Status } from './status';
import { taskFileSelector } from './tasks';

const startTimeoutMs = 20_000;
/** Long enough for the server to remove the containers of its runs. */
const stopTimeoutMs = 5000;
/** How many of its last lines on standard error are kept for a report. A stack trace of all goroutines is long. */
const keptLines = 200;

export interface ClientParts {
  readonly extensionPath: string;
  /** Where the server writes its log: VS Code's own folder for this extension in this window. */
  readonly logFile: string;
  readonly extensionVersion: string;
  readonly log: vscode.LogOutputChannel;
  readonly trace: vscode.LogOutputChannel;
  readonly status: Status;
  readonly middleware: Middleware;
  readonly onRunEvent: (event: RunEvent) => void;
  readonly onTasks: (list: TaskList) => void;
  readonly onStopped: () => void;
  /** Shows the person a report on what went wrong. */
  readonly onReport: () => void;
}

/**
 * The library's own toasts, one per failed connection, trip VS Code's protection against spam, which then hides every toast, ours
 * included. They go to the log instead.
 */
class QuietLanguageClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class LanguageServer implements vscode.Disposable {
  private client: QuietLanguageClient | undefined;
  private readonly queue = new SerialQueue();
  private readonly restarts = new RestartPolicy();
  private restartTimer: NodeJS.Timeout | undefined;
  /** Whether this program has ever come up: one that never did is not tried again by itself. */
  private hasBeenReady = false;
  private checkedProgram: string | undefined;
  private readonly tail = new Tail(keptLines);

  constructor(private readonly parts: ClientParts) {}

  get isRunning(): boolean {
    return this.client?.isRunning() ?? false;
  }

  /** The program that is the server, if it was found to be good; waits for that where a start is under way. */
  async program(): Promise<string | undefined> {
    if (this.checkedProgram === undefined) {
      await this.settled();
    }
    return this.checkedProgram;
  }

  /** Settles when no start or stop is under way. */
  settled(): Promise<void> {
    return this.queue.idle();
  }

  /** What the server last said on standard error, through all its starts. */
  get said(): readonly string[] {
    return this.tail.lines;
  }

  /** Asks the container engine that runs use how it is; nothing where there is no server to ask it. */
  async askEngine(): Promise<EngineState | undefined> {
    const address = vscode.workspace.getConfiguration('meca').get<string | null>('engine') ?? '';
    return this.checkedProgram === undefined ? undefined : await askEngine(this.checkedProgram, address.trim());
  }

  /** Settles when the server is up or has failed to start; never waits for a toast. */
  restart(): Promise<void> {
    clearTimeout(this.restartTimer);
    return this.queue.add('restart', async () => {
      await this.end();
      clearTimeout(this.restartTimer); // of a start that failed meanwhile
      this.hasBeenReady = false;
      await this.begin();
    });
  }

  stop(): Promise<void> {
    return this.queue.add('stop', async () => {
      await this.end();
      clearTimeout(this.restartTimer);
    });
  }

  dispose(): void {
    void this.stop();
  }

  private async begin(): Promise<void> {
    const { log, status } = this.parts;
    status.server('starting');
    this.checkedProgram = undefined;

    const found = findServer(surroundings(this.parts.extensionPath));
    const checked = 'problem' in found ? found : await preflight(found.program);
    if ('problem' in checked) {
      this.fail(checked.problem);
      return;
    }
    const { command, origin } = checked.program;
    this.checkedProgram = command;
    const { extensionVersion } = this.parts;
    log.info(`Extension ${extensionVersion}, ${checked.version} (${origin}: ${command})`);
    const { shown, skew } = compareVersions(checked.version, extensionVersion);
    if (skew !== undefined) {
      log.warn(skew);
    }

    // No `transport`: the library's stdio transport would add an argument of its own.
    const client = new QuietLanguageClient('meca', 'MECA Language Server', { command, args: ['serve', ...await this.logArguments()] }, this.clientOptions());
    client.onNotification(runEventMethod, this.parts.onRunEvent);
    const sources = new Sources(client);
    let tasks: TaskList | undefined;
    const follow = () => { sources.follow(tasks?.tasks.map(task => task.folder) ?? []); };
    client.onNotification(tasksMethod, (list: TaskList) => {
      this.parts.onTasks(list);
      tasks = list;
      if (client.isRunning()) {
        follow();
      }
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && client === this.client) {
        this.crashed('The language server exited.');
      }
    });
    this.client = client;
    try {
      await within(startTimeoutMs, client.start());
      this.hasBeenReady = true;
      if (client.isRunning()) {
        follow();
        status.server('ready', shown);
      }
    } catch (error) {
      // Rejects, as the client is not running, but ends the process where there still is one.
      client.stop(stopTimeoutMs).catch(() => undefined);
      const problem = `The language server did not start: ${startProblem(error)}.`;
      if (this.client !== client) {
        this.parts.log.warn(problem); // it came up, ended in the same moment, and that was seen
      } else if (this.hasBeenReady) {
        this.crashed(problem);
      } else {
        this.client = undefined;
        this.fail(problem);
      }
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    if (!client) {
      return;
    }
    this.client = undefined;
    this.parts.onStopped();
    this.parts.status.server('stopped');
    try {
      await client.stop(stopTimeoutMs);
    } catch (error) {
      this.parts.log.warn(`The language server did not stop by itself: ${messageOf(error)}`);
    }
  }

  /** Starts the server again after a while, or gives up. Not called for one that we stopped, nor for one that never came up. */
  private crashed(problem: string): void {
    this.client = undefined;
    this.parts.onStopped();
    const wait = this.restarts.crashed(Date.now());
    if (wait === 'give up') {
      this.fail('The language server crashed five times within three minutes.', 'Report…');
      return;
    }
    this.parts.log.warn(`${problem} Starting it again in ${String(wait)} ms.`);
    this.parts.status.server('starting');
    this.restartTimer = setTimeout(() => void this.queue.add('start again', () => this.begin()), wait);
  }

  private fail(problem: string, help: 'Open Settings' | 'Report…' = 'Open Settings'): void {
    this.parts.log.error(problem);
    this.parts.status.server('stopped', problem);
    void this.offerHelp(problem, help);
  }

  private async offerHelp(problem: string, help: 'Open Settings' | 'Report…'): Promise<void> {
    switch (await vscode.window.showErrorMessage(`MECA: ${problem}`, 'Show Log', help, 'Restart')) {
      case 'Show Log':
        this.parts.log.show();
        return;
      case 'Open Settings':
        await vscode.commands.executeCommand('workbench.action.openSettings', 'meca.server.path');
        return;
      case 'Report…':
        this.parts.onReport();
        return;
      case 'Restart':
        await this.restart();
        return;
      case undefined: // it was closed
    }
  }

  /** A server whose log cannot be written is a server all the same. */
  private async logArguments(): Promise<string[]> {
    const { log, logFile } = this.parts;
    try {
      await mkdir(path.dirname(logFile), { recursive: true });
    } catch (error) {
      log.warn(`No log is written: ${messageOf(error)}`);
      return [];
    }
    const all = log.logLevel === vscode.LogLevel.Trace || log.logLevel === vscode.LogLevel.Debug;
    return ['--log', logFile, ...all ? ['--log-level', 'debug'] : []];
  }

  /** Takes what the server says on standard error, each line as grave as the server itself says it is. */
  private listen(stream: Readable): void {
    createInterface({ input: stream }).on('line', line => {
      this.tail.add(line);
      this.parts.log[levelOf(line)](line);
    });
  }

  private clientOptions(): LanguageClientOptions {
    const initializationOptions: InitializationOptions = {
      trusted: vscode.workspace.isTrusted,
      runEvents: true,
      tasks: true,
      plainJson: false,
      publishDiagnostics: true,
      rules: rules(),
    };
    const errorHandler: ErrorHandler = {
      error: (_error, _message, count) => ({ action: (count ?? 0) < 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true }),
      // A client whose server is gone is done with: each start has a client of its own.
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: 'The connection to the language server is closed.' }),
    };
    return {
      documentSelector: taskFileSelector,
      initializationOptions,
      outputChannel: this.parts.log,
      traceOutputChannel: this.parts.trace,
      markdown: { isTrusted: false, supportHtml: false },
      middleware: this.parts.middleware,
      errorHandler,
      stdioOptions: { stdout: () => undefined, stderr: stream => { this.listen(stream); } },
      initializationFailedHandler: () => false,
    };
  }
}

function rules(): Record<string, string> {
  return vscode.workspace.getConfiguration('meca').get<Record<string, string>>('rules', {});
}

function startProblem(error: unknown): string {
  return error instanceof ResponseError && error.code === ErrorCodes.PendingResponseRejected
    ? 'it ended before it answered'
    : messageOf(error);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`no answer within ${String(ms / 1000)} seconds`)); }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function surroundings(extensionPath: string): Surroundings {
  return {
    // In Restricted Mode VS Code itself leaves out what the workspace says here: see restrictedConfigurations in package.json.
    setting: vscode.workspace.getConfiguration('meca').get<string | null>('server.path'),
    extensionPath,
    platform: process.platform,
    arch: process.arch,
    home: homedir(),
    searchPath: process.env['PATH'] ?? '',
    exists: isFile,
  };
}
