/** The problem of a field or dialog. The region is always in the document, so screen readers announce its new text. */
import type { VNode } from 'preact'
import type { Problem } from '../model/problem.ts'

interface ProblemLineProps {
  readonly id?: string
  readonly problem: Problem | undefined
}

export function ProblemLine({ id, problem }: ProblemLineProps): VNode {
  return (
    <p class="problem" id={id} role="alert">
      {problem?.text}
    </p>
  )
}
