-- SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) in plain Lua, whose
-- whole numbers wrap at 64 bits as the paper's do. The same as core/base/hash.c.

local unpack = string.unpack

-- How the last 1 to 7 bytes of a text are read.
local TAILS = { "<I1", "<I2", "<I3", "<I4", "<I5", "<I6", "<I7" }

-- N rounds of the paper's SipRound.
local function stir(n, v0, v1, v2, v3)
  for _ = 1, n do
    v0 = v0 + v1
    v1 = (v1 << 13 | v1 >> 51) ~ v0
    v0 = v0 << 32 | v0 >> 32
    v2 = v2 + v3
    v3 = (v3 << 16 | v3 >> 48) ~ v2
    v0 = v0 + v3
    v3 = (v3 << 21 | v3 >> 43) ~ v0
    v2 = v2 + v1
    v1 = (v1 << 17 | v1 >> 47) ~ v2
    v2 = v2 << 32 | v2 >> 32
  end
  return v0, v1, v2, v3
end

--- The hash of a text under a key, all 64 bits of it.
-- @tparam string text
-- @tparam number k0 the key's first eight bytes, little endian
-- @tparam number k1 the key's last eight bytes
-- @treturn number a whole number, negative if its highest bit is set
local function siphash(text, k0, k1)
  local v0, v1 = k0 ~ 0x736f6d6570736575, k1 ~ 0x646f72616e646f6d
  local v2, v3 = k0 ~ 0x6c7967656e657261, k1 ~ 0x7465646279746573
  local rest = #text & 7
  local whole = #text - rest
  for at = 1, whole, 8 do
    local word = unpack("<i8", text, at)
    v0, v1, v2, v3 = stir(2, v0, v1, v2, v3 ~ word)
    v0 = v0 ~ word
  end
  local last = #text << 56
  if rest > 0 then last = last | unpack(TAILS[rest], text, whole + 1) end
  v0, v1, v2, v3 = stir(2, v0, v1, v2, v3 ~ last)
  v0, v1, v2, v3 = stir(4, v0 ~ last, v1, v2 ~ 0xff, v3)
  return v0 ~ v1 ~ v2 ~ v3
end

return siphash
