-- Scripts that run away, in time or in memory, under load: whoever asks is answered.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

local SCRIPT = [[
local kept = {}
return {
  listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false,
  pick = function(up, req, ctx)
    if req.path ~= "/bad" then return up[1] end
    %s
    return up[1]
  end,
}]]

local ATTACKS = {
  { "a loop", "while true do end" },
  { "a loop of pcall", "while true do pcall(function() while true do end end) end" },
  { "a handler", "xpcall(error, function() while true do end end)" },
  { "a recursion", "local function f() return 1 + f() end f()" },
  { "coroutines",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
  { "what a coroutine closes", [[
    if kept[1] then coroutine.close(kept[1]) end
    kept[1] = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() while true do end end })
      while true do end
    end)
    coroutine.resume(kept[1])]] },
  { "a pattern", "(('a'):rep(300000)):find('.-b')" },
  { "choices in a pattern", "(('a'):rep(40)):find(('a?'):rep(40) .. ('a'):rep(41))" },
  { "repeating", "while true do ('x'):rep(1 << 20) end" },
  { "repeating nothing", "while true do (''):rep(1 << 60) end" },
  { "sorting", [[
    local t = {}
    for i = 1, 1e5 do t[i] = i * 7919 % 100003 end
    while true do table.sort(table.move(t, 1, #t, 1, {})) end]] },
  { "compiling", "while true do load(('x = 1 '):rep(10000)) end" },
  { "tables", "local t = {} while true do t = { t, t } end" },
  { "tables that are kept", "while true do kept[#kept + 1] = { kept } end" },
  { "texts", "local s = 'x' while true do s = s .. s end" },
  { "texts that are kept", "while true do kept[#kept + 1] = ('x'):rep(100000) .. #kept end" },
  { "closures that are kept", [[
    while true do
      pcall(function() kept[#kept + 1] = function() return kept end end)
    end]] },
}

-- How long one of several requests may take; ten times what it takes on a machine with nothing else
-- to do.
local SOON = 1

describe("a script that runs away", function()
  after_each(kit.cleanup)

  for _, attack in ipairs(ATTACKS) do
    it("does not hold anybody up: " .. attack[1], function()
      local a, b = table.unpack(kit.backends(2))
      local proxy = kit.proxy { script = SCRIPT, a, b, attack[2] }
      local slowest = 0
      for _ = 1, 12 do
        for _, path in ipairs { "/bad", "/", "/" } do
          local began = uv.hrtime()
          assert.equal(200, proxy:get(path).status)
          slowest = math.max(slowest, (uv.hrtime() - began) / 1e9)
        end
      end
      assert.is_true(slowest < SOON, slowest .. " s")
      proxy:stop()
      assert.matches("pick failed, round robin decides: .*", proxy:lines(" warn ")[1])
    end)
  end
end)
