-- WebSocket through the proxy, between a client and a server that nobody here has written.

local kit = require "spec.support.kit"

local PYTHON = "/usr/bin/python3"   -- the one that Debian's packages are for
local PATIENCE = 70

describe("WebSocket", function()
  local server, proxy

  setup(function()
    server = kit.spawn { PYTHON, "spec/support/websocket_server.py" }
    server.addr = server:wait_line("listening on (.*)", 20)
    proxy = kit.proxy { server, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" } }
    ]] }
  end)

  teardown(kit.cleanup)

  -- Has the client do CASE, which must go well, and returns what it says.
  local function client_does(case)
    local code, out, err = kit.run { PYTHON, "spec/support/websocket_client.py", proxy.addr, case,
      timeout = PATIENCE }
    assert.equal(0, code, err)
    return out:match "^(.-)\n?$"
  end

  describe("passes on", function()
    for case, what in pairs {
      text = "texts of all lengths that are told in another way",
      binary = "bytes, that look like HTTP too",
      empty = "messages without anything in them",
      utf8 = "texts in all kinds of letters",
      fragments = "messages in fragments",
      ping_from_client = "the client's pings, and the pongs, with what is in them",
      ping_from_server = "the server's pings, and the pongs, with what is in them",
      ping_between_fragments = "a ping between two fragments",
      upload_1mb = "one megabyte to the server",
      upload_10mb = "ten megabytes to the server",
      download_1mb = "one megabyte to the client",
      download_10mb = "ten megabytes to the client",
      both_ways_at_once = "megabytes both ways at once",
      many_small = "two thousand small messages, of which many are under way",
      fifty_at_once = "what fifty clients say at once",
      deflate = "messages that were agreed to be compressed",
    } do
      it(what, function() client_does(case) end)
    end
  end)

  describe("ends", function()
    it("with the code and the reason that the client gives", function()
      assert.equal("4001 enough for today", client_does "close_from_client")
      server:wait_line "closed /echo 4001 enough for today"
    end)

    it("with the code and the reason that the server gives", function()
      assert.equal("4321 go away", client_does "close_from_server")
      server:wait_line "closed /close 4321 go away"
    end)

    it("without a word if the client is suddenly gone", function()
      client_does "abort_from_client"
      server:wait_line "closed /echo 1006 -"
    end)

    it("without a word if the server is suddenly gone", function()
      assert.equal("1006", client_does "abort_from_server")
    end)
  end)

  describe("agrees on", function()
    it("the one protocol that both speak", function()
      assert.equal("chat.v1", client_does "subprotocol")
      server:wait_line "opened /echo chat.v1 -"
    end)

    it("compression, or none", function()
      client_does "deflate"
      server:wait_line "opened /echo None permessage%-deflate"
      client_does "text"
      server:wait_line "opened /echo None %-"
    end)
  end)
end)
