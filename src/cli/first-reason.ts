/** Why a backbone fails, for the last line of `verify`. */
import { count } from '../bytes/count.ts'
import type { LoaderVerdict, Verdict } from '../files/verify.ts'
import { DEFECTS } from '../probe/defects.ts'
import { type Checkpoint, foreignNames } from '../tensor/tensor.ts'

/** With the usual name of the architecture. */
export interface Titled extends Verdict {
  readonly title: string
}

/** The worst problem; the lines above list the others. */
export function firstReason(checkpoint: Checkpoint, verdict: Titled): string {
  const { title, buildable, hash, also = [] } = verdict
  const reasons: readonly Reason[] = [
    ...reasonsOfNames(verdict, title),
    [!buildable, `MMDetection has no ${title}`],
    [!['always', 'lately'].includes(checkpoint.torchLoads), 'PyTorch cannot load this file'],
    [foreignNames(checkpoint, 'dangerous').length > 0, 'loading it with PyTorch would run code'],
    [hash?.equal === false, 'the hash in its name does not match'],
    ...reasonsOfValues(verdict),
    ...also.flatMap(other =>
      [...reasonsOfNames(other, title), ...reasonsOfValues(other)].map(
        ([applies, text]): Reason => [applies, `for ${other.target}: ${text}`],
      ),
    ),
  ]
  return reasons.find(([applies]) => applies)?.[1] ?? 'see above'
}

type Reason = readonly [applies: boolean, text: string]

function reasonsOfNames({ report, obstacle }: LoaderVerdict, title: string): Reason[] {
  const { missing, unexpected, misshapen, mistyped } = report
  return [
    [missing.length > 0, `${count(missing.length, 'tensor')} missing`],
    [misshapen.length + mistyped.length > 0, 'tensors of the wrong shape or type'],
    [unexpected.length > 0, `${count(unexpected.length, 'tensor')} that the backbone does not have`],
    [obstacle !== undefined, `this ${title} ${obstacle}`],
  ]
}

function reasonsOfValues({ findings, against }: LoaderVerdict): Reason[] {
  const broken = findings.filter(({ defect }) => DEFECTS[defect].severity === 'error').length
  return [
    [broken > 0, `${count(broken, 'tensor')} with invalid values`],
    [against?.equal === false, 'it differs from its source'],
  ]
}
