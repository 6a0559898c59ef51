// Shows the server's diagnostics without those that VS Code's own JSON support shows too; see twins.ts.

import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { canHaveTwin, hasTwin, type Reported } from './twins';

/** How long VS Code's JSON support gets to say the same before the server's word is shown. */
const patienceMs = 1500;

interface Entry {
  readonly said: readonly vscode.Diagnostic[];
  readonly show: (shown: vscode.Diagnostic[]) => void;
  hidden: readonly vscode.Diagnostic[];
  /** Until then, what may have a twin waits for it. */
  patience: NodeJS.Timeout | undefined;
}

export class OnceEach implements vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly subscription = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    for (const uri of uris) {
      this.look(uri);
    }
  });

  readonly middleware: Pick<Middleware, 'handleDiagnostics' | 'provideCodeActions'> = {
    handleDiagnostics: (uri, said, next) => {
      this.forget(uri);
      if (!said.some(one => canHaveTwin(reported(one)))) {
        next(uri, said);
        return;
      }
      const patience = isValidated(uri) ? setTimeout(() => { this.lookWithoutPatience(uri); }, patienceMs) : undefined;
      const entry: Entry = { said, show: shown => { next(uri, shown); }, hidden: [], patience };
      this.entries.set(uri.toString(), entry);
      this.show(uri, entry);
    },
    // The server offers the fixes of the diagnostics that it is told of, shown or not.
    provideCodeActions: (document, range, context, token, next) => {
      const hidden = (this.entries.get(document.uri.toString())?.hidden ?? [])
        .filter(one => one.range.start.line <= range.end.line && range.start.line <= one.range.end.line);
      return next(document, range, { ...context, diagnostics: [...context.diagnostics, ...hidden] }, token);
    },
  };

  /** The server is gone, and its diagnostics with it. */
  clear(): void {
    for (const { patience } of this.entries.values()) {
      clearTimeout(patience);
    }
    this.entries.clear();
  }

  dispose(): void {
    this.clear();
    this.subscription.dispose();
  }

  private forget(uri: vscode.Uri): void {
    clearTimeout(this.entries.get(uri.toString())?.patience);
    this.entries.delete(uri.toString());
  }

  private lookWithoutPatience(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry) {
      entry.patience = undefined;
      this.look(uri);
    }
  }

  /** Only what changes is shown anew: showing is itself a change of diagnostics. */
  private look(uri: vscode.Uri): void {
    const entry = this.entries.get(uri.toString());
    if (entry && hiddenOf(uri, entry).length !== entry.hidden.length) {
      this.show(uri, entry);
    }
  }

  private show(uri: vscode.Uri, entry: Entry): void {
    const hidden = entry.hidden = hiddenOf(uri, entry);
    entry.show(entry.said.filter(one => !hidden.includes(one)));
  }
}

function hiddenOf(uri: vscode.Uri, { said, patience }: Entry): vscode.Diagnostic[] {
  const theirs = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'json' || source === 'jsonc').map(reported);
  return said.filter(one => {
    const ours = reported(one);
    return patience === undefined ? hasTwin(ours, theirs) : canHaveTwin(ours);
  });
}

/** Whether VS Code's JSON support looks at a file: it does so while the file is open. */
function isValidated(uri: vscode.Uri): boolean {
  const document = vscode.workspace.textDocuments.find(open => open.uri.toString() === uri.toString());
  return document !== undefined && ['json', 'jsonc'].includes(document.languageId)
    && vscode.extensions.getExtension('vscode.json-language-features') !== undefined
    && vscode.workspace.getConfiguration('json', uri).get('validate.enable', true);
}

function reported({ code, range, severity }: vscode.Diagnostic): Reported {
  const value = typeof code === 'object' ? code.value : code;
  const isError = severity === vscode.DiagnosticSeverity.Error;
  return { code: value, isError, firstLine: range.start.line, lastLine: range.end.line };
}
