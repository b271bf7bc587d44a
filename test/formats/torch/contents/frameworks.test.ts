/** Which framework wrote a checkpoint. */
import { expect, test } from 'vitest'
import { call, dict, openTorchZip } from '../../../helpers/torch-bytes.ts'

test.each([
  [dict({ 'pytorch-lightning_version': '1.5.10', state_dict: dict({}) }), 'PyTorch Lightning 1.5.10'],
  [dict({ meta: dict({ mmengine_version: '0.7.1', epoch: 1 }), message_hub: dict({}) }), 'MMEngine 0.7.1'],
  [dict({ meta: dict({ mmcv_version: '1.3.9' }) }), 'MMCV 1.3.9'],
  [dict({ meta: dict({ mmcv_version: 'x'.repeat(500) }) }), undefined],
  [dict({ meta: dict({ mmcv_version: 1 }) }), undefined],
  [dict({ meta: call('os.system', 'ls') }), undefined],
  [dict({ epoch: 1 }), undefined],
  [[1], undefined],
])('%#: %j', async (value, expected) => {
  expect((await openTorchZip({ value })).framework).toBe(expected)
})
