/** A modal dialog: the browser's own, which keeps the focus inside and closes with Esc. */
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useChat } from '../app/hooks.ts'
import { Icon } from './icons.tsx'

interface DialogProps {
  readonly title: string
  readonly kind?: 'middle' | 'top' | 'left' | 'right'
  readonly children: ComponentChildren
}

export function Dialog({ title, kind = 'middle', children }: DialogProps): VNode {
  const chat = useChat()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  const close = (): void => {
    chat.closePanel()
  }
  return (
    <dialog
      ref={dialog}
      class={`dialog dialog-${kind}`}
      aria-labelledby={id}
      onClose={() => {
        // This event comes a moment later, when another dialog may be open already.
        if (dialog.current !== null) close()
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      <div class="dialog-body">
        <header class="dialog-header">
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
