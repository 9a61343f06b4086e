"""Heights of many items, with fast sums: where item i begins, and which item is at a height.

A Fenwick tree: setting, summing and finding take some seventeen steps at 100,000 items.
"""

from __future__ import annotations


class Heights:
    """Pixel heights (whole, never negative) of items numbered from 0."""

    def __init__(self, count: int = 0, each: int = 0) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]
        self.extend(count, each)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        return self.top(len(self._heights))

    def extend(self, count: int, each: int) -> None:
        """Add items at the end."""
        tree = self._tree
        for _ in range(count):
            self._heights.append(each)
            at = len(self._heights)
            # A new node covers the last (at & -at) items: itself and the nodes right below it.
            total, below, stop = each, at - 1, at - (at & -at)
            while below > stop:
                total += tree[below]
                below -= below & -below
            tree.append(total)

    def shrink(self, count: int) -> None:
        """Keep the first ``count`` items."""
        del self._heights[count:]
        del self._tree[count + 1 :]

    def set(self, index: int, height: int) -> int:
        """Returns by how much it changed."""
        delta = height - self._heights[index]
        if delta:
            self._heights[index] = height
            at = index + 1
            while at < len(self._tree):
                self._tree[at] += delta
                at += at & -at
        return delta

    def top(self, index: int) -> int:
        """Where an item begins: the sum of those before it. ``index`` may be the count."""
        total, tree = 0, self._tree
        while index > 0:
            total += tree[index]
            index -= index & -index
        return total

    def at(self, y: int) -> int:
        """The item that covers ``y``, never one of no height; the last one below the end, 0 above the start.

        Needs at least one item.
        """
        tree, position, left = self._tree, 0, max(0, y)
        step = 1 << (len(tree) - 1).bit_length()
        while step:
            after = position + step
            if after < len(tree) and tree[after] <= left:
                position = after
                left -= tree[after]
            step >>= 1
        return min(position, len(self._heights) - 1)
