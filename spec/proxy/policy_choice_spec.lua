-- Who chooses: the script's `pick`, and the round robin of the core whenever that goes wrong.

local kit = require "spec.support.kit"

local SCRIPT = [[
local turn = 0
return {
  listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" }, health = false,
  pick = %s,
}]]

-- A proxy which chooses among "a", "b", "c" by this function; REST is the rest of its script.
local function proxy_with(pick, rest)
  local a, b, c = table.unpack(kit.backends(3))
  local script = SCRIPT:gsub("}$", (rest or "") .. "}")
  return kit.proxy { script = script, a, b, c, pick }, a, b, c
end

local function names(proxy, n)
  local list = {}
  for i = 1, n do list[i] = proxy:get("/").body end
  return table.concat(list, " ")
end

describe("the choice", function()
  after_each(kit.cleanup)

  it("is the script's", function()
    local proxy = proxy_with "function(up) turn = turn % 2 + 1 return up[4 - turn] end"
    assert.equal("c b c b", names(proxy, 4))
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  it("can be made of the request", function()
    local proxy = proxy_with "function(up, req) return up[req.path == '/b' and 2 or 1] end"
    assert.equal("b", proxy:get("/b").body)
    assert.equal("a", proxy:get("/c").body)
  end)

  it("is round robin where the script has none", function()
    local proxy = proxy_with "nil"
    assert.equal("a b c a b c a", names(proxy, 7))
  end)

  it("may be nobody: 503, and nobody is asked", function()
    local proxy, a, b, c = proxy_with "function() return nil, 'not today' end"
    assert.equal(503, proxy:get("/").status)
    assert.same({ 0, 0, 0 }, { a.connections, b.connections, c.connections })
    proxy:stop()
    assert.equal(0, #proxy:lines " warn ")
  end)

  it("may be nobody for the second try: the first failure is told", function()
    local proxy = kit.proxy { kit.closed_port(), kit.backend(), script = [[
      return { listen = "127.0.0.1:0", backends = { "127.0.0.1:%s", "%s" }, health = false,
        pick = function(up, _, ctx) return ctx.attempt == 1 and up[1] or nil end }
    ]] }
    assert.equal(503, proxy:get("/").status)
  end)

  it("changes when the script is edited and started again; nothing is compiled", function()
    local proxy, a, b, c = proxy_with "function(up) return up[1] end"
    assert.equal("a a", names(proxy, 2))
    local path = proxy.path
    proxy:rewrite(SCRIPT, a, b, c, "function(up) return up[#up] end")
    assert.equal("a a", names(proxy, 2))
    proxy:stop()
    assert.equal("c c", names(kit.proxy { file = path }, 2))
  end)

  for _, case in ipairs {
    { "raises an error", "error('no idea')", "script%.lua:4: no idea" },
    { "raises something odd", "error({})", "table: 0x%x+" },
    { "raises nil", "error()", "nil" },
    { "calls what is not there", "return up[1].nothing()", "attempt to call a nil value" },
    { "returns a copy", "return { id = up[1].id, addr = up[1].addr }", "not a backend of `up`" },
    { "returns an id", "return up[1].id", "not a backend of `up`" },
    { "returns a number", "return 1", "not a backend of `up`" },
    { "returns false", "return false", "not a backend of `up`" },
    { "returns the list", "return up", "not a backend of `up`" },
    { "changes the request", "req.path = '/'", "a request cannot be changed here" },
    { "wants a chance of none", "ctx.random(0)", "must be at least 1" },
    { "never comes back from itself", "local function f() return 1 + f() end f()", "" },
    { "eats all memory", "local t = {} while true do t[#t + 1] = ('x'):rep(2^16) .. #t end",
      "not enough memory", "limits = { memory = 2^21 }" },
  } do
    local what, body, why, rest = table.unpack(case)
    it("is made by round robin when pick " .. what .. ", which is logged and counted", function()
      local proxy = proxy_with("function(up, req, ctx) " .. body .. " end", rest)
      local began = kit.now()
      assert.equal("a b c a", names(proxy, 4))
      proxy:wait_line("warn +pick failed, round robin decides: .*" .. why)
      assert.is_true(#proxy:lines "pick failed" <= 1 + kit.now() - began)     -- one a second
      proxy:stop()
      assert.equal("4", proxy:lines "stopped: .* (%d+) policy errors"[1])
    end)
  end

  it("is made by round robin when pick returns somebody who is not in `up`", function()
    local a, b, c = table.unpack(kit.backends(3))
    a.handler = function(_, conn) conn:reset() end
    local proxy = kit.proxy { script = SCRIPT, a, b, c, "function(_, _, x) return x.all[1] end" }
    assert.equal("b c b", names(proxy, 3))      -- the second try of each; the first was its own
    proxy:wait_line "pick failed, round robin decides: it returned a backend that is not in `up`"
  end)

  it("fails with a traceback that leads to the line of the script", function()
    local proxy = proxy_with [[function()
      local function deep()
        error "here"
      end
      deep()
    end]]
    assert.equal("a", names(proxy, 1))
    proxy:wait_line "script%.lua:6: here.*stack traceback:.*script%.lua:8: in .*function"
  end)

  it("is the script's again after a failure", function()
    local proxy = proxy_with [[function(up)
      turn = turn + 1
      if turn % 2 == 0 then error "odd" end
      return up[3]
    end]]
    assert.equal("c a c b c", names(proxy, 5))
  end)

  it("may leave garbage, for ever", function()
    local proxy = proxy_with [[function(up)
      turn = #(("x"):rep(2^20) .. turn)
      return up[1]
    end]]
    local client = proxy:connect()
    client:send(kit.request {}:rep(300))
    for _ = 1, 300 do assert.equal("a", client:read_message().body) end
    proxy:stop()
    assert.equal(0, #proxy:lines "pick failed")
  end)
end)
