// Asking the server for a job. Lens, editor button, palette and explorer all come through here, by the client's middleware.

import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError, type ExecuteCommandMiddleware } from 'vscode-languageclient/node';
import { jobCommands, verdictCommand, type FolderArgument, type JobCommand } from './protocol';
import { messageOf } from './server';
import { isWithin } from './tasks';
import { withReason } from './verdict';

type Next = Parameters<NonNullable<ExecuteCommandMiddleware['executeCommand']>>[2];

export interface JobParts {
  readonly showLog: () => void;
  /** Told why a folder's job was not started. */
  readonly refused: (folder: string, reason: string) => void;
  /** Shows a folder's last verdict: the server would ask with a message what the editor can show at once. */
  readonly showVerdict: (folder: vscode.Uri) => Promise<void>;
}

/** Stands before every command that goes to the server; an error ends here, as a sentence and not as a bare red toast. */
export function executeCommandMiddleware(parts: JobParts): ExecuteCommandMiddleware {
  return {
    executeCommand: async (command: string, args: unknown[], next: Next): Promise<unknown> => {
      const argument = isFolderArgument(args[0]) ? args[0] : undefined;
      try {
        if (command === verdictCommand && argument) {
          await parts.showVerdict(vscode.Uri.parse(argument.folder, true));
          return null;
        }
        const obstacle = isJobCommand(command) ? await obstacleTo(command, argument) : undefined;
        if (obstacle !== undefined) {
          parts.refused(argument?.folder ?? '', obstacle);
          return undefined;
        }
        return await next(command, args);
      } catch (error) {
        if (!isCanceled(error)) {
          parts.refused(argument?.folder ?? '', messageOf(error));
          void complain(command, error, parts.showLog);
        }
        return undefined;
      }
    },
  };
}

/** What stands in the way of a job, told to the person already. A lens ignores the command's `enablement`, so trust is asked for here. */
async function obstacleTo(command: JobCommand, argument: FolderArgument | undefined): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    void offerTrust(command);
    return 'The workspace is not trusted.';
  }
  if (!argument) {
    return undefined;
  }
  // What is on the screen is what is run.
  const folder = vscode.Uri.parse(argument.folder, true);
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty && document.uri.scheme === 'file' && isWithin(document.uri, folder) && !await document.save()) {
      const reason = `Not started: ${vscode.workspace.asRelativePath(document.uri)} could not be saved.`;
      void vscode.window.showWarningMessage(reason);
      return reason;
    }
  }
  return undefined;
}

async function offerTrust(command: JobCommand): Promise<void> {
  const what = jobCommands[command] === 'run' ? 'Running an example' : 'Building an image';
  const button = 'Manage Workspace Trust';
  if (await vscode.window.showWarningMessage(`${what} executes what is in the folder, so it needs a trusted workspace.`, button) === button) {
    await vscode.commands.executeCommand('workbench.trust.manage');
  }
}

async function complain(command: string, error: unknown, showLog: () => void): Promise<void> {
  const what = isJobCommand(command) ? { run: 'The example could not be run', build: 'The image could not be built' }[jobCommands[command]] : 'MECA';
  if (await vscode.window.showErrorMessage(withReason(what, messageOf(error)), 'Show Log') === 'Show Log') {
    showLog();
  }
}

function isJobCommand(command: string): command is JobCommand {
  return Object.hasOwn(jobCommands, command);
}

function isFolderArgument(argument: unknown): argument is FolderArgument {
  return typeof argument === 'object' && argument !== null && 'folder' in argument && typeof argument.folder === 'string';
}

function isCanceled(error: unknown): boolean {
  return error instanceof ResponseError && (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled);
}
