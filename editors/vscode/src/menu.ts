// The menu of the status bar item: how the server and the container engine are, what to do about them, and where their words are.

import * as vscode from 'vscode';
import { remedySteps, type EngineState } from './engine';
import type { Status } from './status';

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
  /** Shown whole when the entry is chosen: a row shows one line of it. */
  readonly whole?: string;
}

const engineHelp = 'https://docs.docker.com/engine/install/';

/** The engine is asked while the menu is open already. It is not asked in Restricted Mode: nothing runs there. */
export function showMenu(status: Status, askEngine: () => Promise<EngineState | undefined>): void {
  const menu = vscode.window.createQuickPick<Entry>();
  menu.title = 'MECA Task Folders';
  menu.placeholder = 'How server and container engine are, and what to do';
  menu.onDidAccept(() => {
    const [entry] = menu.selectedItems;
    if (entry?.command === undefined && entry?.whole === undefined) {
      return;
    }
    menu.hide();
    void follow(entry);
  });
  menu.onDidHide(() => { menu.dispose(); });

  const list = (runs: boolean, ...engine: Entry[]) => {
    menu.items = [serverEntry(status), ...engine, actionsTitle, ...runs ? [runAllEntry] : [], ...actions];
  };
  menu.show();
  if (!vscode.workspace.isTrusted) {
    list(false, { label: '$(shield) Restricted Mode: checks work, runs are off', detail: 'Trust this workspace to run tasks', command: 'workbench.trust.manage' });
    return;
  }
  list(true, { label: '$(loading~spin) Asking the container engine…', alwaysShow: true });
  menu.busy = true;
  void askEngine().then(state => {
    status.engine(state);
    menu.busy = false;
    list(state?.answers ?? false, ...state ? engineEntries(state) : [{ label: '$(question) The container engine was not asked', detail: 'There is no server to ask it' }]);
  });
}

async function follow({ label, command, whole }: Entry): Promise<void> {
  if (whole !== undefined) {
    await vscode.window.showInformationMessage(label.replace(/^\$\([^)]*\) /, ''), { modal: true, detail: whole });
  } else if (command === engineHelp) {
    await vscode.env.openExternal(vscode.Uri.parse(engineHelp));
  } else if (command !== undefined) {
    await vscode.commands.executeCommand(command);
  }
}

const actionsTitle: Entry = { label: 'actions', kind: vscode.QuickPickItemKind.Separator };
const runAllEntry: Entry = { label: '$(run-all) Run All Tasks', command: 'meca.runAllTasks' };
const actions: readonly Entry[] = [
  { label: '$(new-folder) New Task Folder…', command: 'meca.newFolder' },
  { label: '$(output) Show Run Output', command: 'meca.showOutput' },
  { label: '$(list-flat) Show Language Server Log', command: 'meca.showLog' },
  { label: '$(report) Report a Problem…', command: 'meca.reportProblem' },
  { label: '$(debug-restart) Restart Language Server', command: 'meca.restartServer' },
];

function serverEntry(status: Status): Entry {
  return status.isStopped ? { label: `$(error) ${status.sentence}`, command: 'meca.showLog' } : { label: `$(check) ${status.sentence}` };
}

/** What to do stands on a line of its own: a long one is cut at its end. */
function engineEntries({ answers, title, remedy }: EngineState): Entry[] {
  if (answers) {
    return [remedy ? { label: `$(warning) ${title}`, detail: remedy.replaceAll('\n', ' '), whole: remedy } : { label: `$(check) ${title}` }];
  }
  const { why, what } = remedySteps(remedy);
  return [
    { label: `$(error) ${title}`, ...why && { detail: why, whole: remedy } },
    ...what ? [{ label: `$(lightbulb) ${what}`, command: engineHelp }] : [],
  ];
}
