-- How a spec reads from a connection.

local kit = require "spec.support.kit"
local selftest = require "spec.support.selftest"

local assert_fails, pair = selftest.assert_fails, selftest.pair

describe("the kit reads", function()
  after_each(kit.cleanup)

  it("exactly as much as was asked for", function()
    local client, server = pair()
    client:send("one, two\nthree")
    assert.equal("one", server:read(3))
    assert.equal(", two\n", server:read_until("\n"))
    assert.equal("three", server:read_some())
    assert.equal("", server:buffered())
  end)

  it("bytes that come in pieces", function()
    local client, server = pair()
    local payload = kit.payload(300000)
    for i = 1, #payload, 7001 do client:post(payload:sub(i, i + 7000)) end
    assert.equal(kit.fnv1a(payload), kit.fnv1a(server:read(#payload)))
  end)

  it("until the end, if that is orderly", function()
    local client, server = pair()
    client:send("rest")
    client:shutdown()
    assert.equal("rest", server:read_all())
    server:send("still writing")
    client:expect("still writing")
    assert_fails("the connection ended (eof) awaiting some bytes; nothing had come", function()
      local _ = server:read_some()
    end)
  end)

  it("until the end, in whichever way", function()
    local client, server = pair()
    client:send("rest")
    server:read(4)
    client:reset()
    assert_fails("the connection ended (reset) awaiting eof", function()
      local _ = server:read_all()
    end)
    assert.same({ "", "reset" }, { server:drain() })
  end)

  it("and says what had come instead", function()
    local client, server = pair()
    client:send("a\r\n\0")
    local said = [[0.01 s passed awaiting 9 bytes; 4 bytes had come: "a\r\n\x00"]]
    assert.has_error(function() server:read(9, 0.01) end, said)
    assert_fails([[awaiting "\n\n"; 4 bytes had come]], function()
      local _ = server:read_until("\n\n", 0.01)
    end)
  end)

  it("and compares, failing at the first wrong byte", function()
    local client, server = pair()
    client:send("hello world")
    server:expect("hello")
    assert_fails('first difference at byte 3\n  expected: " war and peace"\n'
      .. '  came:     " world"', function() server:expect(" war and peace") end)
  end)

  it("nothing while it is paused, so that the peer cannot send on", function()
    local client, server = pair { receive_buffer = 65536, paused_conns = true }
    local payload = kit.payload(1000):rep(6000)
    client:post(payload)
    assert_fails("bytes are unsent", function() client:send("", 0.02) end)
    assert.is_true(client:unsent() > 1000000 and client:unsent() < 6000000)
    assert_fails("reading is paused", function() local _ = server:read(1) end)
    server:resume()
    assert.is_true(server:read(#payload) == payload)
    assert.equal(0, client:unsent())
    server:pause()
    client:send("more")
    assert.equal("", server:buffered())
  end)

  it("nothing when there shall be silence", function()
    local client, server = pair()
    server:expect_silence(0.01)
    client:send("psst")
    assert_fails('expected silence for 1 s; 4 bytes had come: "psst"',
      function() server:expect_silence(1) end)
    server:read(4)
    client:close()
    assert_fails("and the connection ended (eof)", function() server:expect_silence(1) end)
  end)
end)
