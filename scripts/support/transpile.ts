/** TypeScript to JavaScript file by file, as the build does it but without type checking. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** The options of the tsconfig.json at `root`. Modules are fixed, because a single file does not see package.json. */
export function compilerOptionsOf(root: string): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(path, (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root, path)
  return { ...options, module: ts.ModuleKind.ESNext }
}

export function transpiled(text: string, fileName: string, compilerOptions: ts.CompilerOptions): string {
  return ts.transpileModule(text, { compilerOptions, fileName }).outputText
}
