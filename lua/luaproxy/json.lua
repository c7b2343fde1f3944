-- JSON as RFC 8259 has it, no more and no less.
--
--     json.decode '{"a": [1, null, 2.5]}'     { a = { 1, json.null, 2.5 } }
--     json.encode { b = { 1, 2 }, a = "x" }   {"a":"x","b":[1,2]}
--
-- `null` is json.null where something has to stand: in arrays, and if it is all there is. In an
-- object it is as if the name were not there. Numbers without fraction and exponent are whole
-- numbers as far as 64 bits go.

local byte, find, sub = string.byte, string.find, string.sub

local json = {}

--- What stands for `null`.
json.null = setmetatable({}, { __tostring = function() return "null" end, __metatable = "null" })

-- Whoever nests deeper wants to exhaust the stack, or has a table that contains itself.
local DEPTH = 100

local is_array = { __name = "json array" }

--- Marks a table as an array, which an empty one would not be otherwise.
-- @tparam table t
-- @treturn table the same
function json.array(t)
  return setmetatable(t, is_array)
end

-- ---- Reading -----------------------------------------------------------------------------------
--
-- Each of these reads what begins at AT, and returns it and the place behind it; or nil, the place
-- of the mistake and what it is.

local read_value

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function past_blanks(text, at)
  return (find(text, "[^ \t\r\n]", at)) or #text + 1
end

-- The four hexadecimal digits at AT, as a number.
local function read_unit(text, at)
  local digits = text:match("^%x%x%x%x", at)
  return digits and tonumber(digits, 16)
end

-- What the escape \uXXXX whose `u` is at AT stands for. Beyond U+FFFF it takes two of them.
local function read_unicode(text, at)
  local unit = read_unit(text, at + 1)
  if not unit then return nil, at - 1, "bad escape" end
  if unit < 0xd800 or unit > 0xdfff then return utf8.char(unit), at + 5 end
  local low = sub(text, at + 5, at + 6) == "\\u" and read_unit(text, at + 7)
  if unit > 0xdbff or not low or low < 0xdc00 or low > 0xdfff then
    return nil, at - 1, "half of a surrogate pair"
  end
  return utf8.char(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)), at + 11
end

-- What the escape whose backslash is at AT stands for.
local function read_escape(text, at)
  local letter = sub(text, at + 1, at + 1)
  if letter == "u" then return read_unicode(text, at + 1) end
  local meant = ESCAPES[letter]
  if not meant then return nil, at, "bad escape" end
  return meant, at + 2
end

-- A string with escapes, whose text begins at AT; the first of them is at STOP.
local function read_escaped(text, at, stop)
  local pieces = {}
  while stop and byte(text, stop) == 92 do
    pieces[#pieces + 1] = sub(text, at, stop - 1)
    local meant, behind, why = read_escape(text, stop)
    if not meant then return nil, behind, why end
    pieces[#pieces + 1], at = meant, behind
    stop = find(text, '["\\\0-\31]', at)
  end
  if not stop then return nil, #text + 1, "string without end" end
  if byte(text, stop) ~= 34 then return nil, stop, "control character in a string" end
  pieces[#pieces + 1] = sub(text, at, stop - 1)
  return table.concat(pieces), stop + 1
end

local function read_string(text, at)
  local stop = find(text, '["\\\0-\31]', at + 1)
  if stop and byte(text, stop) == 34 then return sub(text, at + 1, stop - 1), stop + 1 end
  return read_escaped(text, at + 1, stop)
end

local function read_number(text, at)
  local last = select(2, find(text, "^-?%d+", at))
  if not last or find(text, "^-?0%d", at) then return nil, at, "bad number" end
  if byte(text, last + 1) == 46 then
    last = select(2, find(text, "^%d+", last + 2))
    if not last then return nil, at, "bad number" end
  end
  if find(text, "^[eE]", last + 1) then
    last = select(2, find(text, "^[+-]?%d+", last + 2))
    if not last then return nil, at, "bad number" end
  end
  local number = tonumber(sub(text, at, last))
  if number - number ~= 0 then return nil, at, "number too large" end
  return number, last + 1
end

local function read_array(text, at, depth)
  local array, n = json.array {}, 0
  at = past_blanks(text, at + 1)
  if byte(text, at) == 93 then return array, at + 1 end
  while true do
    local value, behind, why = read_value(text, at, depth)
    if value == nil then return nil, behind, why end
    n = n + 1
    array[n] = value
    at = past_blanks(text, behind)
    local next_byte = byte(text, at)
    if next_byte == 93 then return array, at + 1 end
    if next_byte ~= 44 then return nil, at, "',' or ']' expected" end
    at = past_blanks(text, at + 1)
  end
end

-- A name and the colon behind it.
local function read_name(text, at)
  if byte(text, at) ~= 34 then return nil, at, "a name in quotes expected" end
  local name, behind, why = read_string(text, at)
  if not name then return nil, behind, why end
  at = past_blanks(text, behind)
  if byte(text, at) ~= 58 then return nil, at, "':' expected" end
  return name, past_blanks(text, at + 1)
end

local function read_object(text, at, depth)
  local object = {}
  at = past_blanks(text, at + 1)
  if byte(text, at) == 125 then return object, at + 1 end
  while true do
    local name, value, behind, why
    name, behind, why = read_name(text, at)
    if not name then return nil, behind, why end
    value, behind, why = read_value(text, behind, depth)
    if value == nil then return nil, behind, why end
    if value == json.null then value = nil end
    object[name] = value
    at = past_blanks(text, behind)
    local next_byte = byte(text, at)
    if next_byte == 125 then return object, at + 1 end
    if next_byte ~= 44 then return nil, at, "',' or '}' expected" end
    at = past_blanks(text, at + 1)
  end
end

local WORDS = { ["true"] = true, ["false"] = false, null = json.null }

local function read_word(text, at)
  local word = text:match("^%a+", at)
  if word == nil or WORDS[word] == nil then
    return nil, at, at > #text and "unexpected end" or "a value expected"
  end
  return WORDS[word], at + #word
end

-- By the first byte.
local READERS = { [34] = read_string, [45] = read_number, [91] = read_array, [123] = read_object }
for digit = 48, 57 do READERS[digit] = read_number end

function read_value(text, at, depth)
  if depth == 0 then return nil, at, "nested too deeply" end
  return (READERS[byte(text, at)] or read_word)(text, at, depth - 1)
end

local function complaint(at, why)
  return nil, ("%s at byte %d"):format(why, at)
end

--- Reads a text.
-- @tparam string text
-- @return the value, json.null for `null`; nil if the text is not JSON
-- @treturn ?string what is wrong, and at which byte
function json.decode(text)
  if type(text) ~= "string" then
    error("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ")", 2)
  end
  local length, bad = utf8.len(text)
  if not length then return complaint(bad, "not UTF-8") end
  local value, behind, why = read_value(text, past_blanks(text, 1), DEPTH)
  if value == nil then return complaint(behind, why) end
  behind = past_blanks(text, behind)
  if behind <= #text then return complaint(behind, "more than one value") end
  return value
end

-- ---- Writing -----------------------------------------------------------------------------------
--
-- Each of these appends a value to PIECES, or returns why it cannot be written.

local write_value

local ESCAPED = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }
for code = 0, 31 do
  local character = string.char(code)
  ESCAPED[character] = ESCAPED[character] or ("\\u%04x"):format(code)
end

local function write_string(pieces, text)
  if not utf8.len(text) then return "a string that is not UTF-8" end
  if find(text, '["\\\0-\31]') then text = text:gsub('["\\\0-\31]', ESCAPED) end
  pieces[#pieces + 1] = '"' .. text .. '"'
end

-- What is read again is the same number, and a float if it was one.
local function write_number(pieces, number)
  if number - number ~= 0 then return "a number that is not finite" end
  local text = tostring(number)
  if tonumber(text) ~= number then text = ("%.17g"):format(number) end
  if math.type(tonumber(text)) ~= math.type(number) then text = text .. ".0" end
  pieces[#pieces + 1] = text
end

local function write_array(pieces, array, depth)
  pieces[#pieces + 1] = "["
  for i = 1, #array do
    if i > 1 then pieces[#pieces + 1] = "," end
    local why = write_value(pieces, array[i], depth)
    if why then return why end
  end
  pieces[#pieces + 1] = "]"
end

-- The names of an object in their order; nil if some are no strings.
local function names_of(object)
  local names = {}
  for name in pairs(object) do
    if type(name) ~= "string" then return nil end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function write_object(pieces, object, depth)
  local names = names_of(object)
  if not names then return "a table that is neither a list nor has only names" end
  pieces[#pieces + 1] = "{"
  for i, name in ipairs(names) do
    if i > 1 then pieces[#pieces + 1] = "," end
    local why = write_string(pieces, name)
    if why then return why end
    pieces[#pieces + 1] = ":"
    why = write_value(pieces, object[name], depth)
    if why then return why end
  end
  pieces[#pieces + 1] = "}"
end

-- Does T have the keys 1 to #T and no others?
local function is_list(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n == #t and (n > 0 or getmetatable(t) == is_array)
end

local function write_table(pieces, t, depth)
  if t == json.null then
    pieces[#pieces + 1] = "null"
    return nil
  end
  if depth == 0 then return "a table nested too deeply, or in itself" end
  return (is_list(t) and write_array or write_object)(pieces, t, depth - 1)
end

local WRITERS = {
  string = write_string, number = write_number, table = write_table,
  boolean = function(pieces, value) pieces[#pieces + 1] = tostring(value) end,
}

function write_value(pieces, value, depth)
  local write = WRITERS[type(value)]
  if not write then return "a " .. type(value) end
  return write(pieces, value, depth)
end

--- Writes a value; the names of objects are in order, so that equal values give equal texts.
-- Raises an error for what JSON cannot say.
-- @param value a string, number, boolean, json.null, or a table: a list is an array, a table with
-- names an object, and an empty table an object unless json.array has marked it
-- @treturn string
function json.encode(value)
  local pieces = {}
  local why = write_value(pieces, value, DEPTH)
  if why then error("cannot write " .. why, 2) end
  return table.concat(pieces)
end

return json
