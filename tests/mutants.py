"""Files with some of their bytes changed."""

import random


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Turn over, cut out, repeat or blank some bytes."""
    mutated = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(mutated))
        match chance.randrange(5):
            case 0:
                mutated[place] ^= 1 << chance.randrange(8)
            case 1:
                mutated[place : place + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"])
            case 2:
                del mutated[place : place + chance.randint(1, 50)]
            case 3:
                mutated[place:place] = mutated[place : place + chance.randint(1, 200)]
            case _:
                mutated[place : place + 16] = chance.randbytes(16)
    return bytes(mutated)
