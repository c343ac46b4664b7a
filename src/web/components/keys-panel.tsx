/** The dialog that lists keys and commands. */
import type { VNode } from 'preact'
import { COMMANDS } from '../model/input.ts'
import { KEY_LIST } from '../model/keys.ts'
import { Dialog } from './dialog.tsx'

export function KeysPanel(): VNode {
  return (
    <Dialog title="Keys and commands">
      <dl class="keys">
        {KEY_LIST.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        {COMMANDS.map(({ usage, help }) => (
          <div key={usage}>
            <dt>
              <kbd>{usage}</kbd>
            </dt>
            <dd>{help}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
