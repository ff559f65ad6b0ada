"""The machine of journeys: runs, facts and a moment go in, what is to be done comes out. It reads no clock and no table.

It works on sets: everybody who is due moves as far as the facts at hand allow; what else must be known is asked for by
step and set of customers, so that a batch of thousands costs as many questions as it has steps that ask.
"""

from shuke.journeys.journeys.engine.moving import Ask, Facts, Move, Moved, Traveller, advance, route

__all__ = ["Ask", "Facts", "Move", "Moved", "Traveller", "advance", "route"]
