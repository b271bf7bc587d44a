"""Writes the full-size checkpoints of the benchmark: python3 bench/make.py FOLDER [--huge | --scale]"""
import pathlib
import subprocess
import sys

import torch
import torch.nn as nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / 'fixtures' / 'methods'))
import moco  # noqa: E402
import swav  # noqa: E402

folder = pathlib.Path(sys.argv[1])
LEGACY = {'_use_new_zipfile_serialization': False}


def trained_moco():
    """As moco.checkpoint, after one step: the optimizer has a momentum buffer for each parameter of encoder_q."""
    model = nn.DataParallel(moco.MoCo('resnet50'))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = 'encoder_q' in name
        if parameter.requires_grad:
            parameter.grad = torch.randn_like(parameter) * 1e-3
    optimizer = torch.optim.SGD(model.parameters(), 0.03, momentum=0.9)
    optimizer.step()
    return {'epoch': 800, 'arch': 'resnet50', 'state_dict': model.state_dict(), 'optimizer': optimizer.state_dict()}


def zeros_on_disk(gigabytes):
    """As many zeros, in a file that is all hole: no memory and no disk is needed to hold them."""
    path = folder / 'zeros'
    count = gigabytes * 10**9 // 4
    with open(path, 'wb') as file:
        file.truncate(4 * count)
    return torch.from_file(str(path), shared=True, size=count)


def save_with_holes(value, name):
    torch.save(value, folder / name)
    subprocess.run(['fallocate', '--dig-holes', folder / name], check=True)


def scale():
    for count in (1_000, 10_000, 100_000):
        tensors = {f'layer{index}.weight': torch.full((3, 5), float(index)) for index in range(count)}
        torch.save({'state_dict': tensors}, folder / f'scale-{count}-tensors.pth')
    backbone = swav.checkpoint('resnet50')
    torch.save({'state_dict': backbone, 'log': [0.5 + index for index in range(10**7)]}, folder / 'scale-list.pth')
    torch.save({'state_dict': backbone, 'log': {index: 0.5 + index for index in range(10**7)}}, folder / 'scale-dict.pth')
    for gigabytes in (1, 2, 4, 8):
        save_with_holes({'state_dict': {'x': zeros_on_disk(gigabytes)}}, f'scale-{gigabytes}-GB-tensor.pth')
    for gigabytes in (0, 5, 20):
        torch.manual_seed(0)
        checkpoint = trained_moco()
        checkpoint['state_dict']['module.queue'] = zeros_on_disk(gigabytes).view(128, -1) if gigabytes else torch.zeros(128, 4)
        save_with_holes(checkpoint, f'scale-{gigabytes}-GB-moco.pth.tar')
    (folder / 'zeros').unlink()


torch.manual_seed(0)
if '--scale' in sys.argv:
    scale()
elif '--huge' in sys.argv:
    # The queue is all zeros, which a file system can keep as a hole: see run.js.
    checkpoint = trained_moco()
    checkpoint['state_dict']['module.queue'] = torch.zeros(128, 11_500_000)
    torch.save(checkpoint, folder / 'huge.pth.tar')
else:
    checkpoint = trained_moco()
    torch.save(checkpoint, folder / 'moco-zip.pth.tar')
    torch.save(checkpoint, folder / 'moco-legacy.pth.tar', **LEGACY)
    checkpoint = swav.checkpoint('resnet50')
    torch.save(checkpoint, folder / 'swav-zip.pth.tar')
    torch.save(checkpoint, folder / 'swav-legacy.pth.tar', **LEGACY)
