--- Readers that are steady, but very slow: what they have not read is in the kernel.

local loop = require "spec.support.loop"

local slowly = {
  --- Bytes of a receive buffer with which a slow reader takes some twenty kilobytes at a time.
  receive_buffer = 16384,
}

local EVERY = 0.1   -- seconds

-- Reads what is there, and leaves in the kernel what comes then.
local function read_once(conn)
  local inbox = conn.inbox
  local before = inbox.size
  conn:resume()
  loop.wait("some bytes", function() return inbox.size > before or inbox.ended end)
  conn:pause()
end

--- Reads what has come, ten times a second, which takes SECONDS; then CONN reads as usual.
-- @tparam conn conn with the small receive buffer
-- @tparam number seconds
function slowly.read(conn, seconds)
  local from = loop.now()
  while loop.now() < from + seconds and not conn.inbox.ended do
    read_once(conn)
    loop.lapse(EVERY, function() return false end)
  end
  conn:resume()
end

--- How many bytes the kernel has taken from a process without having got rid of them: the peer has
-- no room for them. Only of IPv4.
-- @tparam number port of the process
-- @tparam number peer the port of the peer
-- @treturn ?number nil if there is no such connection
function slowly.queued(port, peer)
  local wanted = ("^ *%%d+: %%x+:%04X %%x+:%04X %%x+ (%%x+):"):format(port, peer)
  for line in io.lines "/proc/net/tcp" do
    local bytes = line:match(wanted)
    if bytes then return tonumber(bytes, 16) end
  end
  return nil
end

return slowly
