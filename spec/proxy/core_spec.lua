-- What a script calls gives the same results in the proxy, where it is made in C, as in plain Lua.

local kit = require "spec.support.kit"
local luaproxy = require "luaproxy"
local pure = require "luaproxy.pure"

-- Prints how everything turns out, by the PRINT and the LUAPROXY of the proxy or of this spec.
local SAMPLES = [[
  local ids, weights = {}, {}
  for i = 1, 300 do ids[i], weights[i] = "10.0.0." .. i .. ":80", i % 7 + 0.1 end
  for i = 0, 40 do
    local text = ("\xe9"):rep(i) .. i
    print("hash", luaproxy.hash(text), luaproxy.hash(text, "0123456789abcdef"))
    local score = luaproxy.rendezvous(text, ids[i + 1], weights[i + 1])
    print("rendezvous", ("%a"):format(score))
  end
  for _, size in ipairs { 307, 65537 } do
    print("maglev", size, luaproxy.hash(luaproxy.maglev(ids, size)))
    print("maglev", size, luaproxy.hash(luaproxy.maglev(ids, size, weights)))
  end
  local c = luaproxy.counter "samples"
  print("counter", c:add(), c:add(41), c:get())
  print("json", luaproxy.json.encode(luaproxy.json.decode '{"b":[1,2.5,null],"a":"\\u0041"}'))
]]

local SCRIPT = [[
local luaproxy = require "luaproxy"
assert(luaproxy.hash == package.loaded["luaproxy.core"].hash)
]] .. SAMPLES .. [[
luaproxy.log("logged", luaproxy.now() > 0)
return { listen = "127.0.0.1:0", backends = { "127.0.0.1:1" } }
]]

-- What SAMPLES print here.
local function samples_of(library)
  local lines = {}
  local function print(...)
    local texts = table.pack(...)
    for i = 1, texts.n do texts[i] = tostring(texts[i]) end
    lines[#lines + 1] = table.concat(texts, " ")
  end
  local env = setmetatable({ luaproxy = library, print = print }, { __index = _G })
  assert(load(SAMPLES, "samples", "t", env))()
  return lines
end

describe("require 'luaproxy'", function()
  after_each(kit.cleanup)

  it("gives the same results in the proxy and in plain Lua", function()
    local code, _, err = kit.run { script = SCRIPT, options = { "--check" } }
    assert.equal(0, code, err)
    local said = {}
    for line in err:gmatch "script: ([^\n]*)" do said[#said + 1] = line end
    assert.equal("logged true", table.remove(said))
    assert.equal(pure.hash, luaproxy.hash)
    assert.same(samples_of(luaproxy), said)
  end)
end)
