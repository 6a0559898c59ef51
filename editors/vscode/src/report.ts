// Reporting a problem: everything that a maintainer would ask for, in a document that the person reads and sends, or does not.

import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { lastLines, reportText } from './reporttext';
import type { Status } from './status';

export interface ReportParts {
  readonly extension: vscode.Extension<unknown>;
  readonly status: Status;
  /** What the server last said on standard error. */
  readonly said: () => readonly string[];
  /** The file of the server's log. */
  readonly logFile: string;
}

const logBytes = 64 << 10;
const logLines = 100;

/** Nothing is sent: the report is shown, and goes to the clipboard when the person asks for the page to paste it into. */
export async function reportProblem({ extension, status, said, logFile }: ReportParts): Promise<void> {
  const { version, bugs } = extension.packageJSON as { readonly version: string; readonly bugs: { readonly url: string } };
  const content = reportText({
    status: status.sentence,
    engine: status.engineTitle,
    extension: version,
    editor: vscode.version,
    machine: [`${process.platform}-${process.arch}`, ...vscode.env.remoteName ? [`remote window (${vscode.env.remoteName})`] : []].join(', '),
    settings: changedSettings(extension),
    said: said(),
    log: lastLines(await endOf(logFile), logLines),
    home: homedir(),
  });
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document);
  const button = 'Copy and Open Page';
  const text = 'Nothing has been sent. Read the report, say what happened, and take out what you want to keep to yourself.';
  if (await vscode.window.showInformationMessage(text, button) === button) {
    await vscode.env.clipboard.writeText(document.getText());
    await vscode.env.openExternal(vscode.Uri.parse(`${bugs.url}/new`));
  }
}

function changedSettings(extension: vscode.Extension<unknown>): string[] {
  const { contributes } = extension.packageJSON as { readonly contributes: { readonly configuration: { readonly properties: object } } };
  const configuration = vscode.workspace.getConfiguration();
  return Object.keys(contributes.configuration.properties).filter(name => {
    const found = configuration.inspect(name);
    return found?.globalValue !== undefined || found?.workspaceValue !== undefined || found?.workspaceFolderValue !== undefined;
  });
}

/** The end of a log, of whole lines; empty where there is none. */
async function endOf(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const from = Math.max(0, size - logBytes);
      const buffer = Buffer.alloc(Math.min(size, logBytes));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
      const text = buffer.toString('utf8', 0, bytesRead);
      return from > 0 ? text.slice(text.indexOf('\n') + 1) : text;
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
