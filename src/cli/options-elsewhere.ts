/**
 * Which commands have which options, to help when an option is given to the wrong command. A test compares it with the commands.
 */

/** The options of each command with more than --json. */
export const OPTIONS: Readonly<Record<string, string>> = {
  convert:
    '--selfsup --network --section --target --arch --part --keep-head --format --publish --strict --sha256 --config --mmdet --out-dir --jobs --dry-run --json --quiet --verbose --dtype --dtype-all --no-clobber --overwrite --limits --keep --drop --rules',
  verify:
    '--arch --prefix --part --against --json --dtype --dtype-all --selfsup --network --section --target --limits --keep --drop --rules',
  config:
    '--checkpoint --out --mmdet --detector --schedule --recipe --arch --target --frozen-stages --gpus --batch-size --classes --data-root --base --json --no-clobber --overwrite',
  probe:
    '--report --filters --forward --images --json --selfsup --network --section --target --limits --no-clobber --overwrite --keep --drop --rules',
  inspect: '--filter --section --all --picture --json --limits --no-clobber --overwrite',
  diff: '--section --all --json --limits',
}

/** @returns the names of the commands that have the option */
export function commandsWith(option: string): string[] {
  return Object.keys(OPTIONS).filter(command => OPTIONS[command]!.split(' ').includes(option))
}

/** @returns the options of a command; none for an unknown one */
export function optionsOf(command: string): string[] {
  return OPTIONS[command]?.split(' ') ?? []
}
