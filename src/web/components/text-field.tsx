/** A field of a dialog with its problem right below. A new problem moves the focus into the field. */
import type { VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Problem } from '../model/problem.ts'
import { ProblemLine } from './problem-line.tsx'

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly onWrite: (value: string) => void
  /** A new object for each attempt, so that the focus moves each time. */
  readonly problem: Problem | undefined
  /** The text below the field. */
  readonly note?: string
  readonly placeholder?: string
  readonly autoComplete?: 'off' | 'nickname'
  readonly autoFocus?: boolean
}

export function TextField(props: TextFieldProps): VNode {
  const { label, value, onWrite, problem, note, placeholder, autoComplete = 'off', autoFocus } = props
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (problem !== undefined) input.current?.focus()
  }, [problem])
  return (
    <div class="labelled">
      <label class="label" for={id}>
        {label}
      </label>
      <input
        ref={input}
        id={id}
        class="field"
        type="text"
        dir="auto"
        placeholder={placeholder}
        autoComplete={autoComplete}
        autoFocus={autoFocus}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem ${id}-note`}
        value={value}
        onInput={({ currentTarget }) => {
          onWrite(currentTarget.value)
        }}
      />
      <ProblemLine id={`${id}-problem`} problem={problem} />
      <p class="note" id={`${id}-note`}>
        {note}
      </p>
    </div>
  )
}
