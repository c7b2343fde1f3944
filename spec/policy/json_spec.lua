-- luaproxy.json: what RFC 8259 allows, and nothing else.

local json = require "luaproxy.json"
local testing = require "luaproxy.testing"

-- Some string, with all that needs care.
local function some_text(random)
  local pieces = { "a", "\"", "\\", "/", "\n", "\0", "\31", "\127", "é", "€", "😀", "\u{ffff}" }
  local text = {}
  for i = 1, random(6) - 1 do text[i] = pieces[random(#pieces)] end
  return table.concat(text)
end

local function some_number(random)
  local kind = random(4)
  if kind == 1 then return random(1000) - 500 end
  if kind == 2 then return random(math.maxinteger) - random(math.maxinteger) end
  if kind == 3 then return random(1000) + 0.0 end
  return (random() - 0.5) * 10.0 ^ (random(600) - 300)
end

local some_value

local function some_array(random, depth)
  local array = json.array {}
  for i = 1, random(4) - 1 do array[i] = some_value(random, depth - 1) end
  return array
end

local function some_object(random, depth)
  local object = {}
  for _ = 1, random(4) - 1 do
    local value = some_value(random, depth - 1)
    if value ~= json.null then object[some_text(random)] = value end
  end
  return object
end

function some_value(random, depth)
  local kind = random(depth > 0 and 6 or 4)
  if kind == 1 then return some_text(random) end
  if kind == 2 then return some_number(random) end
  if kind == 3 then return random(2) == 1 end
  if kind == 4 then return json.null end
  return (kind == 5 and some_array or some_object)(random, depth)
end

describe("json.decode", function()
  it("reads every kind of value", function()
    local text = [[ { "s" : "x", "t":true,"f":false, "n":null,
      "a" : [ 1 , -2.5,1e2, null ],"o":{} } ]]
    local value = json.decode(text)
    assert.same({ s = "x", t = true, f = false, a = { 1, -2.5, 100.0, json.null }, o = {} }, value)
    assert.equal(json.null, json.decode "null")
    assert.equal(false, json.decode "\r\n\tfalse ")
    assert.equal("null", tostring(json.null))
  end)

  it("reads whole numbers as such, as far as 64 bits go", function()
    local cases = {
      ["0"] = 0, ["-7"] = -7, ["9223372036854775807"] = math.maxinteger, ["1.0"] = 1.0,
      ["-9223372036854775808"] = math.mininteger, ["9223372036854775808"] = 0x1p63,
      ["1e0"] = 1.0, ["2E+2"] = 200.0, ["5e-1"] = 0.5,
    }
    for text, number in pairs(cases) do
      assert.equal(number, json.decode(text))
      assert.equal(math.type(number), math.type(json.decode(text)))
    end
  end)

  it("reads escapes", function()
    assert.equal('"\\/\b\f\n\r\t', json.decode [["\"\\\/\b\f\n\r\t"]])
    assert.equal("é€\0", json.decode [["\u00e9\u20AC\u0000"]])
    assert.equal("x😀y", json.decode [["x\uD83D\uDE00y"]])
  end)

  it("lets the last of equal names win", function()
    assert.same({ a = 2 }, json.decode '{"a":1,"a":2}')
  end)

  it("says what is wrong, and where", function()
    local cases = {
      { "", "unexpected end at byte 1" }, { "  ", "unexpected end at byte 3" },
      { "[", "unexpected end at byte 2" }, { "[1", "',' or ']' expected at byte 3" },
      { "[1,]", "a value expected at byte 4" }, { "[,1]", "a value expected at byte 2" },
      { "[1}", "',' or ']' expected at byte 3" }, { "[1 2]", "',' or ']' expected at byte 4" },
      { "{", "a name in quotes expected at byte 2" }, { '{"a"', "':' expected at byte 5" },
      { '{"a":}', "a value expected at byte 6" }, { '{"a":1', "',' or '}' expected at byte 7" },
      { '{"a":1,}', "a name in quotes expected at byte 8" },
      { "{a:1}", "a name in quotes expected at byte 2" }, { "{1:1}", "a name in quotes" },
      { "nul", "a value expected at byte 1" }, { "nullx", "a value expected at byte 1" },
      { "True", "a value expected" }, { "NaN", "a value expected" }, { "'a'", "a value expected" },
      { "01", "bad number at byte 1" }, { "-", "bad number" }, { "1.", "bad number" },
      { "1e", "bad number" }, { "-01", "bad number" }, { ".5", "a value expected" },
      { "+1", "a value expected" }, { "0x1", "more than one value at byte 2" },
      { "1e999", "number too large at byte 1" }, { "[-1e999]", "number too large at byte 2" },
      { '"a', "string without end at byte 3" }, { '"a\\', "bad escape at byte 3" },
      { '"\\x"', "bad escape at byte 2" }, { '"\\u12g4"', "bad escape at byte 2" },
      { '"\\u12', "bad escape at byte 2" }, { '"\n"', "control character in a string at byte 2" },
      { '"\\n\1"', "control character in a string at byte 4" },
      { '"\\ud83d"', "half of a surrogate pair at byte 2" }, { '"\\ude00"', "half of a surr" },
      { '"\\ud83d\\ud83d"', "half of a surrogate pair at byte 2" },
      { '"\\ud83d\\n"', "half of a surrogate pair" }, { '"\xff"', "not UTF-8 at byte 2" },
      { '"\xed\xa0\x80"', "not UTF-8 at byte 2" }, { "\xef\xbb\xbf1", "a value expected" },
      { "1 2", "more than one value at byte 3" }, { "[]]", "more than one value at byte 3" },
      { "\0", "a value expected at byte 1" }, { "1//x", "more than one value at byte 2" },
      { ("["):rep(101), "nested too deeply at byte 101" },
      { ('{"a":'):rep(101), "nested too deeply at byte 501" },
    }
    for _, case in ipairs(cases) do
      local value, message = json.decode(case[1])
      assert.is_nil(value, case[1])
      assert.is_true(message:sub(1, #case[2]) == case[2], case[1] .. ": " .. message)
    end
    assert.not_nil(json.decode(("["):rep(100) .. ("]"):rep(100)))
  end)

  it("refuses whatever ends too early", function()
    local text = json.encode { a = { 1, "x\n", json.array {} }, b = { c = true, d = "é" } }
    for i = 0, #text - 1 do
      local value, message = json.decode(text:sub(1, i))
      assert.is_nil(value)
      assert.is_string(message)
    end
    assert.is_table(json.decode(text))
  end)

  it("survives noise", function()
    local random = testing.random(77)
    local bytes = '[]{}:,"\\u0129aeE+-. \n'
    for _ = 1, 2000 do
      local text = {}
      for i = 1, random(12) do
        local at = random(#bytes)
        text[i] = bytes:sub(at, at)
      end
      local value, message = json.decode(table.concat(text))
      assert.is_true(value ~= nil or type(message) == "string")
    end
  end)

  it("complains at whoever does not give it a text", function()
    assert.has_error(function() json.decode(nil) end,
      "bad argument #1 to 'decode' (string expected, got nil)")
  end)
end)

describe("json.encode", function()
  it("writes every kind of value, names in order", function()
    local value = { b = { 1, 2.5, json.null }, a = "x", d = {}, c = json.array {}, e = false }
    assert.equal('{"a":"x","b":[1,2.5,null],"c":[],"d":{},"e":false}', json.encode(value))
    assert.equal('"\\u0000\\u001f\\"\\\\\\n/é\127"', json.encode '\0\31"\\\n/é\127')
    assert.equal("[1]", json.encode(json.array { 1 }))
  end)

  it("writes numbers so that they are read as the same", function()
    local cases = { [0.1] = "0.1", [1e300] = "1e+300", [-0.5] = "-0.5",
      [math.mininteger] = "-9223372036854775808" }
    for number, text in pairs(cases) do assert.equal(text, json.encode(number)) end
    assert.equal("1.0", json.encode(1.0))
    assert.equal("9007199254740992.0", json.encode(0x1p53))
  end)

  it("writes what is read as the same", function()
    for seed = 1, 200 do
      local value = some_value(testing.random(seed), 4)
      local text = json.encode(value)
      local read, message = json.decode(text)
      assert.is_nil(message)
      assert.same(value, read)
      assert.equal(text, json.encode(read))
    end
  end)

  it("refuses what JSON cannot say", function()
    local circle = {}
    circle.a = { circle }
    local cases = {
      { "a function", print }, { "a nil", nil }, { "a thread", coroutine.create(print) },
      { "a number that is not finite", 0 / 0 }, { "a number that is not finite", { -math.huge } },
      { "a table nested too deeply, or in itself", circle },
      { "a table that is neither a list nor has only names", { 1, a = 2 } },
      { "a table that is neither a list nor has only names", { [2] = 1 } },
      { "a table that is neither a list nor has only names", { [true] = 1 } },
      { "a string that is not UTF-8", { a = "\xff" } }, { "a string that is not UTF-8",
        { ["\xff"] = 1 } },
    }
    for _, case in ipairs(cases) do
      assert.has_error(function() json.encode(case[2]) end, "cannot write " .. case[1])
    end
  end)
end)
