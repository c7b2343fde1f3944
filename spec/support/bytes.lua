--- Bytes as people read them: shown, compared, made up, summed.

local bytes = {}

local NAMES = { ["\r"] = "\\r", ["\n"] = "\\n", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }
local SHOWN = 200
local BEFORE, AFTER = 24, 40   -- what is shown around a difference

--- Bytes in quotes, unprintable ones escaped, the middle of long ones left out.
-- @tparam string s
-- @tparam ?number limit how many bytes are shown
-- @treturn string
function bytes.show(s, limit)
  limit = limit or SHOWN
  local function quoted(piece)
    return '"' .. piece:gsub('[%c"\\\x7f-\xff]', function(c)
      return NAMES[c] or ("\\x%02x"):format(c:byte())
    end) .. '"'
  end
  if #s <= limit then return quoted(s) end
  local half = limit // 2
  return ("%s … %d bytes … %s"):format(quoted(s:sub(1, half)), #s - 2 * half, quoted(s:sub(-half)))
end

--- The place of the first difference.
-- @tparam string a
-- @tparam string b
-- @treturn ?number counted from 1; nil if they are equal
function bytes.first_difference(a, b)
  if a == b then return nil end
  local low, high = 1, math.min(#a, #b) + 1   -- halving: Lua compares faster than it walks
  while low < high do
    local middle = (low + high) // 2
    if a:sub(low, middle) == b:sub(low, middle) then low = middle + 1 else high = middle end
  end
  return low
end

--- Describes how ACTUAL differs from EXPECTED, around the first difference.
-- @tparam string expected
-- @tparam string actual
-- @treturn string
function bytes.difference(expected, actual)
  local at = bytes.first_difference(expected, actual)
  if not at then return "no difference" end
  local from = math.max(1, at - BEFORE)
  return ("first difference at byte %d\n  expected: %s%s\n  came:     %s%s"):format(at,
    from > 1 and "…" or "", bytes.show(expected:sub(from, at + AFTER)),
    from > 1 and "…" or "", bytes.show(actual:sub(from, at + AFTER)))
end

--- Bytes without a pattern, the same for the same seed: a body in which nothing can get lost.
-- @tparam number n how many
-- @tparam ?number seed
-- @treturn string
function bytes.payload(n, seed)
  local x = (seed or 1) * 0x9E3779B97F4A7C15 | 1
  local words = {}
  for i = 1, n // 8 + 1 do
    x = x ~ (x << 13)
    x = x ~ (x >> 7)
    x = x ~ (x << 17)
    words[i] = string.pack("<i8", x)
  end
  return table.concat(words):sub(1, n)
end

--- The 64-bit FNV-1a sum.
-- @tparam string s
-- @treturn string sixteen hexadecimal digits
function bytes.fnv1a(s)
  local sum = 0xcbf29ce484222325
  for i = 1, #s do
    sum = (sum ~ s:byte(i)) * 0x100000001b3
  end
  return ("%016x"):format(sum)
end

return bytes
