/** What could not be done, where it was tried. The region is always there, so that it is read out when it is filled. */
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
