import { Command, CommanderError } from 'commander'
import { addInspectCommand } from './inspect-command.ts'
import { addModelsCommand } from './models-command.ts'
import { addPlanCommand } from './plan-command.ts'
import { latentkitVersion } from './receipt.ts'
import { addReplayCommand } from './replay-command.ts'
import { exitCodes, reportError } from './report-error.ts'
import { addUpscaleCommand } from './upscale-command.ts'

/** Runs the command line and resolves to the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = new Command('latentkit')
    .description('Runs latent diffusion models on your own machine, without Python.')
    .version(latentkitVersion())
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--debug', 'show where an error came from')
  addUpscaleCommand(program)
  addReplayCommand(program)
  addInspectCommand(program)
  addModelsCommand(program)
  addPlanCommand(program)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(error, program.opts<{ debug?: boolean }>().debug ?? false)
  }
}
