"""Pictures kept as one tensor where the networks are, taken in by a thread while more are drawn."""
import threading
import time

import torch

from .pool import PicturePool


class DevicePool:
    """`pictures` is uint8 [capacity, 3, size, size], of which the first `count` are there."""

    def __init__(self, folder, device, capacity, patience=3600):
        """Waits for the first block, at most `patience` seconds."""
        self.folder = PicturePool(folder, patience=patience)
        size = self.folder.size
        self.pictures = torch.empty(capacity, 3, size, size, dtype=torch.uint8, device=device)
        self.count, self.taken = 0, set()
        self.take()
        threading.Thread(target=self.keep_taking, daemon=True).start()

    def take(self):
        """Copies blocks that came since."""
        for name in self.folder.refresh():
            if name not in self.taken:
                block = torch.from_numpy(self.folder.blocks[name].transpose(0, 3, 1, 2).copy())
                end = min(self.count + len(block), len(self.pictures))
                self.pictures[self.count : end] = block[: end - self.count].to(self.pictures.device)
                self.count = end
                self.taken.add(name)

    def keep_taking(self):
        while self.count < len(self.pictures):
            time.sleep(2)
            self.take()

    def draw_crops(self, count, side):
        """Random square parts, mirrored, turned and with their colours swapped at random: float32 [n, 3, side, side], 0…1."""
        device, size = self.pictures.device, self.pictures.shape[-1]
        chosen = torch.randint(self.count, (count,), device=device)
        rows, columns = (pick_span(count, side, size, device) for _ in range(2))
        crops = self.pictures[chosen[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
        swapped = torch.rand(count, 3, device=device).argsort(1)
        keep = torch.arange(3, device=device).expand(count, 3)
        swapped = torch.where(torch.rand(count, 1, device=device) < 0.5, swapped, keep)
        crops = crops.gather(1, swapped[:, :, None, None].expand_as(crops)).float() / 255
        return crops.transpose(2, 3) if torch.rand(()) < 0.5 else crops


def pick_span(count, side, size, device):
    """Neighbouring rows or columns for each crop [n, side], half of them backwards."""
    span = torch.randint(size - side + 1, (count, 1), device=device) + torch.arange(side, device=device)
    return torch.where(torch.rand(count, 1, device=device) < 0.5, span, span.flip(1))
