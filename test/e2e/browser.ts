/** Finds the browser once, before any test runs: test files get the same, and none of them unpacks it. */
import { findBrowser, type FoundBrowser, type NoBrowser } from '../../scripts/web/find-browser.ts'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    browser: FoundBrowser | NoBrowser
  }
}

export async function setup(project: TestProject): Promise<void> {
  project.provide('browser', await findBrowser())
}
