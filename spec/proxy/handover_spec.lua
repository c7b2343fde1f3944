-- What goes from one script to the next when it is loaded anew.

local kit = require "spec.support.kit"

local SCRIPT = [[
local turn, seen = 0, "nothing"
return {
  listen = "127.0.0.1:0", health = false,
  backends = { { "%s", id = "a" }, { "%s", id = "b" } },
  pick = {
    pick = function(up, req, ctx)
      turn = turn + 1
      local b = up[(turn - 1) %% #up + 1]
      b.data.count = (b.data.count or 0) + 1
      return b
    end,
    save = function() %s end,
    restore = function(saved) %s end,
  },
  response = function(res, req)
    res.headers["X-Turn"], res.headers["X-Count"] = turn, req.backend.data.count
    res.headers["X-Seen"] = seen
  end,
}]]

local function start(save, restore)
  local a, b = table.unpack(kit.backends(2))
  local proxy = kit.proxy { a, b, save, restore, script = SCRIPT }
  return proxy, function(new_save, new_restore)
    if new_save then proxy:rewrite(SCRIPT, a, b, new_save, new_restore) end
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
  end
end

-- Who answered, and what the script says: "a 1 1".
local function ask(proxy)
  local response = proxy:get "/"
  local fields = response.fields
  return ("%s %s %s"):format(response.body, fields["x-turn"], fields["x-count"]), fields["x-seen"]
end

-- Kilobytes of memory that the proxy has.
local function memory_of(proxy)
  for line in io.lines(("/proc/%d/status"):format(proxy.pid)) do
    local size = line:match "^VmRSS:%s*(%d+)"
    if size then return tonumber(size) end
  end
end

describe("a script that is loaded anew", function()
  after_each(kit.cleanup)

  it("gets what save has returned, and the data of backends", function()
    local proxy, reload = start("return { turn = turn, list = { 1, 2 } }",
      "turn, seen = saved.turn, #saved.list")
    assert.equal("a 1 1", ask(proxy))
    assert.equal("b 2 1", ask(proxy))
    assert.equal("a 3 2", ask(proxy))
    reload()
    local answer, seen = ask(proxy)
    assert.same({ "b 4 2", "2" }, { answer, seen })
    reload()
    assert.equal("a 5 3", ask(proxy))
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  for what, case in pairs {
    ["save fails"] = { "error 'cannot save'", "seen = 'restored'",
      "save of default failed: .*cannot save" },
    ["restore fails"] = { "return 1", "error 'cannot restore'",
      "restore of default failed: .*cannot restore" },
    ["save never ends"] = { "while true do end", "seen = 'restored'", "save of default failed" },
    ["restore never ends"] = { "return 1", "while true do end", "restore of default failed" },
  } do
    it("begins anew but for the data when " .. what, function()
      local proxy, reload = start("return 1", "")
      ask(proxy)
      reload(case[1], case[2])
      reload()
      proxy:wait_line("warn +handing over: " .. case[3])
      local answer, seen = ask(proxy)
      assert.same({ "a 1 2", "nothing" }, { answer, seen })
    end)
  end

  it("gets what is plain of what save has returned", function()
    local proxy, reload = start("return { f = print, turn = turn }",
      "turn, seen = saved.turn, tostring(saved.f)")
    ask(proxy)
    reload()
    proxy:wait_line "is no plain data, or too much: some is lost"
    local answer, seen = ask(proxy)
    assert.same({ "b 2 1", "nil" }, { answer, seen })
  end)

  it("has nothing restored where save has returned nothing", function()
    local proxy, reload = start("", "seen = 'restored'")
    reload()
    assert.equal("nothing", select(2, ask(proxy)))
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  it("hands over again and again, and grows by nothing", function()
    local proxy, reload = start("return { turn = turn, text = ('x'):rep(1000) }",
      "turn = saved.turn")
    local before
    for i = 1, 30 do
      ask(proxy)
      reload()
      if i == 10 then before = memory_of(proxy) end
    end
    assert.is_true(memory_of(proxy) < before + 1000)
    assert.equal("a 31 16", ask(proxy))
  end)
end)
