-- Ports at which somebody listens already, or did a moment ago.

local kit = require "spec.support.kit"

describe("a port in use", function()
  after_each(kit.cleanup)

  it("is named, and nothing is served", function()
    local taken = kit.listener()
    local code, out, err = kit.run { taken, kit.backend(), script = [[
      return { listen = { "127.0.0.1:0", "%s" }, backends = { "%s" } }
    ]] }
    assert.same({ 1, "" }, { code, out })
    assert.matches(("^[^\n]* error +cannot listen on %s %%(port %d%%): Address already in use\n$")
      :format(taken.addr, taken.port), err)
  end)

  it("can be listened at again at once after the proxy has ended", function()
    local a, script = kit.backend { name = "a" }, 'return { backends = { "%s" }, listen = "%s" }'
    local proxy = kit.proxy { a, "127.0.0.1:0", script = script }
    assert.equal("a", proxy:get("/").body)
    proxy:stop()
    proxy = kit.proxy { a, proxy.addr, script = script }
    assert.equal("a", proxy:get("/").body)
  end)
end)
