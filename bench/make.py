"""Writes the full-size checkpoints of the benchmark: python3 bench/make.py FOLDER [--huge]"""
import pathlib
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


torch.manual_seed(0)
if '--huge' in sys.argv:
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
