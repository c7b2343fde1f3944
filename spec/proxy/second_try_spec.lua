-- A request that is tried again: the policy is shown what the client has sent, and each backend
-- gets what it would have got as the first.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false, host = "%s",
    trusted = "127.0.0.1",
    pick = function(up, req)
      local h = req.headers
      print(req.host, h.host, h.connection, h.via, h["x-forwarded-for"], h["x-forwarded-host"])
      return up[1]
    end,
  }
]]

local REQUEST = kit.request {
  host = "example.com", fields = { ["X-Forwarded-For"] = "10.0.0.1", Connection = "x" },
}
local WITHOUT_HOST = kit.request { version = "HTTP/1.0", host = false }

local function reset(_, conn) conn:reset() end

-- Resets the connection on which the second request comes; answers the others.
local function reset_second()
  local count = 0
  return function(_, conn)
    count = count + 1
    if count == 2 then conn:reset() else return "a" end
  end
end

describe("a second try", function()
  local a, b, proxy

  local function start(handler, host)
    a, b = kit.backend { handler = handler }, kit.backend { name = "b" }
    proxy = kit.proxy { script = SCRIPT, a, b, host }
  end

  local function ask(request)
    local client = proxy:connect()
    client:send(request)
    return client:read_message().body
  end

  local function printed()
    return proxy:wait_line "info +script: (.*)"
  end

  -- What a backend is told of the way that its Nth request has come.
  local function told(backend, n)
    local fields = backend.requests[n or 1].fields
    return { fields.host, fields.via, fields["x-forwarded-for"], fields["x-forwarded-host"] }
  end

  after_each(kit.cleanup)

  it("shows the policy the same request", function()
    start(reset, "backend")
    assert.equal("b", ask(REQUEST))
    for _ = 1, 2 do assert.equal("example.com example.com x nil 10.0.0.1 nil", printed()) end
  end)

  for host, name in pairs { keep = "example.com", backend = false } do
    it(("tells the other backend what it told the first, with host = %q"):format(host), function()
      start(reset, host)
      assert.equal("b", ask(REQUEST))
      for _, backend in ipairs { a, b } do
        assert.same({ name or backend.addr, "1.1 luaproxy", "10.0.0.1, 127.0.0.1", "example.com" },
          told(backend))
      end
    end)

    it(("tells the same backend the same, with host = %q"):format(host), function()
      start(reset_second(), host)
      for _ = 1, 2 do assert.equal("a", ask(REQUEST)) end
      assert.equal(3, #a.requests)
      assert.same(told(a, 1), told(a, 2))
      assert.same(told(a, 1), told(a, 3))
    end)

    it(("names each backend where the client has named nobody, with host = %q"):format(host),
      function()
        start(reset, host)
        assert.equal("b", ask(WITHOUT_HOST))
        for _ = 1, 2 do assert.equal(" nil nil nil nil nil", printed()) end
        for _, backend in ipairs { a, b } do
          assert.same({ backend.addr, "1.0 luaproxy", "127.0.0.1" }, told(backend))
        end
      end)
  end
end)
