/** Writes the files that are made of the program's commands and flags. */
import { writeFileSync } from 'node:fs'
import { manPages, pathOf } from './man-pages.ts'

for (const [file, text] of await manPages()) {
  writeFileSync(pathOf(file), text)
  console.log(file)
}
