/** Shown without a valid token: says where to find the address that has it. */
import type { VNode } from 'preact'

export function NeedsToken({ isOld = false }: { readonly isOld?: boolean }): VNode {
  return (
    <main class="needs-token">
      <h1>Parley</h1>
      <p>
        {isOld
          ? 'The key in this address does not fit: it was not copied whole, or Parley was started again since.'
          : 'This page is that of one running Parley, and opens with its full address only.'}
      </p>
      <p>Look at the terminal in which Parley runs: it has printed an address like this one.</p>
      <pre>
        <code>{`${location.origin}/chat#token=…`}</code>
      </pre>
      <p>
        Open that one, with all that stands behind <code>#token=</code>: it is the key that keeps others on
        this computer from reading along. It is new each time Parley starts.
      </p>
      <p class="note">Nothing runs yet? Start it in a terminal: parley peer</p>
    </main>
  )
}
