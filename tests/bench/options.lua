--- What the user asks for by variables of the environment, or of make.

local options = {}

-- The words of a list that is separated by commas or spaces; nil if there is none.
local function words_in(text)
  local words = {}
  for word in (text or ""):gmatch("[^%s,]+") do words[#words + 1] = word end
  return #words > 0 and words or nil
end

--- A list of names, each of which must be known.
-- @tparam string variable for instance "CASES"
-- @tparam {string,...} known
-- @tparam {string,...} default
-- @treturn {string,...}
function options.names(variable, known, default)
  local is_known = {}
  for _, name in ipairs(known) do is_known[name] = true end
  local names = words_in(os.getenv(variable)) or default
  for _, name in ipairs(names) do
    if not is_known[name] then
      io.stderr:write(("%s: there is no %q; there are: %s\n")
        :format(variable, name, table.concat(known, " ")))
      os.exit(2)
    end
  end
  return names
end

--- A whole number from 1.
-- @tparam string variable for instance "ROUNDS"
-- @tparam number default
-- @treturn number
function options.number(variable, default)
  local text = os.getenv(variable)
  if not text or text == "" then return default end
  local number = math.tointeger(tonumber(text))
  if not number or number < 1 then
    io.stderr:write(("%s: not a whole number from 1: %s\n"):format(variable, text))
    os.exit(2)
  end
  return number
end

return options
