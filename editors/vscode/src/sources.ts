// The sources of task folders. They are other extensions' documents: the server sees those that are open, so that fixes and documentation are
// where its findings are, and nothing else of it is offered there, neither formatting nor folding.

import { randomUUID } from 'node:crypto';
import { TextDocumentSyncKind, type BaseLanguageClient, type DocumentSelector } from 'vscode-languageclient/node';

/** The languages whose sources the server reads, by the endings of their files. */
const sources = 'src/**/*.{py,pyw,js,mjs,cjs,ts,mts,cts,jsx,tsx,go,rs,java,kt,c,h,cc,cpp,cxx,hpp,sh,bash}';

export class Sources {
  /** What takes back the registrations of a folder, by its URI. */
  private readonly followed = new Map<string, () => void>();

  constructor(private readonly client: BaseLanguageClient) {}

  /** Takes the URIs of all task folders that there are now. */
  follow(folders: readonly string[]): void {
    for (const [folder, forget] of this.followed) {
      if (!folders.includes(folder)) {
        this.followed.delete(folder);
        forget();
      }
    }
    for (const folder of folders) {
      if (!this.followed.has(folder)) {
        this.followed.set(folder, this.register([{ scheme: 'file', pattern: { baseUri: folder, pattern: sources } }]));
      }
    }
  }

  private register(documentSelector: DocumentSelector): () => void {
    const { client } = this;
    const { codeActionProvider } = client.initializeResult?.capabilities ?? {};
    const id = randomUUID();
    const open = client.getFeature('textDocument/didOpen');
    const change = client.getFeature('textDocument/didChange');
    const close = client.getFeature('textDocument/didClose');
    const actions = client.getFeature('textDocument/codeAction');
    const hover = client.getFeature('textDocument/hover');
    const definition = client.getFeature('textDocument/definition');
    // The features of requests ask the server of documents that it has been told of.
    open.register({ id, registerOptions: { documentSelector } });
    change.register({ id, registerOptions: { documentSelector, syncKind: TextDocumentSyncKind.Incremental } });
    close.register({ id, registerOptions: { documentSelector } });
    actions.register({ id, registerOptions: { documentSelector, ...typeof codeActionProvider === 'object' ? codeActionProvider : {} } });
    hover.register({ id, registerOptions: { documentSelector } });
    definition.register({ id, registerOptions: { documentSelector } });
    return () => {
      for (const feature of [definition, hover, actions, change, open, close]) {
        feature.unregister(id);
      }
    };
  }
}
