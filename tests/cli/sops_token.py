#!/usr/bin/env python3
"""Seals and opens single tokens of SOPS with a known data key: what a reader of the file can forge.

    sops_token.py seal KEY AAD [TYPE]    stdin becomes a token;  KEY: 64 hex digits
    sops_token.py open KEY AAD TOKEN     the plaintext of a token

An AES-256-GCM of its own, slow and plain, so that it shares no fault with the program under test.
"""

import base64
import os
import re
import sys


def make_sbox():
    box, p, q = [0x63] * 256, 1, 1
    while True:
        p ^= (p << 1 ^ (0x11B if p & 0x80 else 0)) & 0x1FF
        p &= 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        x = q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)
        box[p] = (x ^ 0x63) & 0xFF
        if p == 1:
            return box


SBOX = make_sbox()


def expand(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = list(words[-1])
        if i % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= rcon
            rcon <<= 1
        elif i % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[-8], word)])
    return [sum(words[i:i + 4], []) for i in range(0, 60, 4)]


def double(b):
    return (b << 1 ^ (0x11B if b & 0x80 else 0)) & 0xFF


def encrypt_block(keys, block):
    state = [a ^ b for a, b in zip(block, keys[0])]
    for n, key in enumerate(keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if n < 14:
            mixed = []
            for c in range(0, 16, 4):
                column = state[c:c + 4]
                every = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[i] ^ every ^ double(column[i] ^ column[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, key)]
    return bytes(state)


def ghash(h, data):
    y = 0
    for i in range(0, len(data), 16):
        x, z, v = y ^ int.from_bytes(data[i:i + 16], "big"), 0, h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        y = z
    return y


def pad(data):
    return data + bytes(-len(data) % 16)


def lengths(a, b):
    return (8 * a).to_bytes(8, "big") + (8 * b).to_bytes(8, "big")


def gcm(key, iv, aad, data, opening):
    """The other text and the tag."""
    keys = expand(key)
    h = int.from_bytes(encrypt_block(keys, bytes(16)), "big")
    if len(iv) == 12:
        j0 = iv + b"\0\0\0\1"
    else:
        j0 = ghash(h, pad(iv) + lengths(0, len(iv))).to_bytes(16, "big")
    counter, out = int.from_bytes(j0[12:], "big"), b""
    for i in range(0, len(data), 16):
        counter = (counter + 1) % 2**32
        stream = encrypt_block(keys, j0[:12] + counter.to_bytes(4, "big"))
        out += bytes(a ^ b for a, b in zip(data[i:i + 16], stream))
    sealed = data if opening else out
    tag = ghash(h, pad(aad) + pad(sealed) + lengths(len(aad), len(sealed)))
    return out, (tag ^ int.from_bytes(encrypt_block(keys, j0), "big")).to_bytes(16, "big")


def seal(key, aad, plain, kind="str", iv=None):
    iv = iv or os.urandom(32)
    data, tag = gcm(key, iv, aad, plain, False)
    return "ENC[AES256_GCM,data:%s,iv:%s,tag:%s,type:%s]" % (*(base64.b64encode(x).decode() for x in (data, iv, tag)), kind)


def unseal(key, aad, token):
    match = re.fullmatch(r"ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]", token)
    data, iv, tag = (base64.b64decode(part) for part in match.groups()[:3])
    plain, wanted = gcm(key, iv, aad, data, True)
    if tag != wanted:
        sys.exit("sops_token.py: it does not authenticate")
    return plain


def check():
    """The first value of a published file with known keys."""
    text = ("ENC[AES256_GCM,data:h2RJyjs=,iv:MozX6iKzSST02XgLhrbRklZXUHaFHCO9wPc2d1xKqjc=,"
            "tag:L+jcBnvE7g08QS8x8EXNIA==,type:str]")
    key, iv = bytes(range(32)), base64.b64decode("MozX6iKzSST02XgLhrbRklZXUHaFHCO9wPc2d1xKqjc=")
    assert seal(key, b"greeting:", b"hello", iv=iv) == text and unseal(key, b"greeting:", text) == b"hello"


if __name__ == "__main__":
    check()
    data_key = bytes.fromhex(sys.argv[2])
    if sys.argv[1] == "seal":
        print(seal(data_key, os.fsencode(sys.argv[3]), sys.stdin.buffer.read(), *sys.argv[4:]))
    else:
        sys.stdout.buffer.write(unseal(data_key, os.fsencode(sys.argv[3]), sys.argv[4]))
