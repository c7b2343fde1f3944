--- Whether a run was what it should be. A figure from one that was not says nothing.

local peers = require "tests.bench.peers"

local checks = {}

local MOST_NEW = 0.05      -- backend connections for a request
local MOST_UNEVEN = 0.01   -- between the largest and the smallest share
local SLACK = 2            -- requests: the ends of a run need not be where a turn ends
local MOST_LATE = 1000     -- µs that the generator may be late, as a rule
local MOST_QUEUED = 2000   -- µs that a response may take, as a rule, when a peer is not busy

-- Responses may be under way when the load ends.
local function is_size_right(case, load, response)
  local least = load.requests * response
  return load.bytes >= least and load.bytes <= least + case.connections * response
end

local function check_shares(shares)
  local least, most, sum = math.huge, 0, 0
  for _, share in ipairs(shares) do
    least, most, sum = math.min(least, share), math.max(most, share), sum + share
  end
  local allowed = math.max(SLACK, MOST_UNEVEN * sum / #shares)
  if most - least > allowed then
    return ("shares are uneven: from %d to %d requests a backend"):format(least, most)
  end
end

--- Looks at one run under load.
-- @tparam stage stage
-- @tparam table load what wrk said
-- @tparam number response how long each response must be, with its head
-- @tparam table seen `connections`, `requests`, `shares`: what the backends saw meanwhile
-- @treturn {string,...} what is wrong; nothing, as a rule
function checks.run(stage, load, response, seen)
  local case, wrong = stage.case, {}
  local function complain(...)
    wrong[#wrong + 1] = ("%s, %s: "):format(case.name, stage.peer) .. string.format(...)
  end
  if load.requests == 0 then complain("no request was answered") end
  if load.errors > 0 then complain("%d connections failed", load.errors) end
  if load.bad > 0 then complain("%d responses were errors", load.bad) end
  if not is_size_right(case, load, response) then
    complain("%d responses of %d bytes came as %d bytes", load.requests, response, load.bytes)
  end
  if seen.requests < load.requests or seen.requests > load.requests + 2 * case.connections then
    complain("%d responses, but the backends had %d requests", load.requests, seen.requests)
  end
  if not case.may_reconnect
      and seen.connections > case.connections + MOST_NEW * seen.requests then
    complain("%d new backend connections for %d requests", seen.connections, seen.requests)
  end
  local uneven = peers.takes_turns[stage.peer] and check_shares(seen.shares)
  if uneven then complain("%s", uneven) end
  return wrong
end

--- Looks at what pace said of a steady load.
-- @tparam table case of cases.lua
-- @tparam string name of the peer
-- @tparam table said
-- @treturn ?string that the machine could not do as much, so that nothing follows for the peer
function checks.pace(case, name, said)
  if said.late50 > MOST_LATE or said.p50 > MOST_QUEUED then
    return ("%s, %s: %d requests a second were too much: half of them were %.1f ms late, and half "
      .. "of the responses took %.1f ms"):format(case.name, name, case.rate, said.late50 / 1000,
      said.p50 / 1000)
  end
end

return checks
