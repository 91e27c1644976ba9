import { defineScript } from '../run-script.ts'

/** Reads dead letters that match, bounded in what it looks at. */
export const listLettersScript = defineScript(`
-- KEYS  1 dead
-- ARGV  1 from, 2 to (as XRANGE takes them), 3 pump, 4 reason ('' = any), 5 most letters, 6 bytes after which nothing further is looked
--       at, 7 '1' for the bodies too
-- Reply {the last id looked at or '' when there is nothing behind it, {id, pump, frame, reason, message, attempts, record id, kind,
--        records, bytes of the body, body or nil} for each letter}
-- Changes nothing. STEP bounds what lies in Lua's memory at once, LOOKS how long Redis serves nobody else.
local STEP, LOOKS = 16, 2000
local from, most, max_bytes = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6])
local answer, bytes, looked = {''}, 0, 0
while true do
  local page = redis.call('XRANGE', KEYS[1], from, ARGV[2], 'COUNT', STEP)
  for _, entry in ipairs(page) do
    local letter = {}
    for i = 1, #entry[2], 2 do letter[entry[2][i]] = entry[2][i + 1] end
    local body = letter['body'] or ''
    if (ARGV[3] == '' or ARGV[3] == letter['pump']) and (ARGV[4] == '' or ARGV[4] == letter['reason']) then
      answer[#answer + 1] = {entry[1], letter['pump'] or '', letter['frame'] or '', letter['reason'] or '', letter['message'] or '',
        tonumber(letter['attempts']) or 0, letter['recordId'] or '', letter['kind'] or '', tonumber(letter['records']) or 0, #body,
        ARGV[7] == '1' and body or false}
    end
    bytes, looked = bytes + #body, looked + 1
    if #answer > most or bytes >= max_bytes or looked >= LOOKS then
      answer[1] = entry[1]
      return answer
    end
  end
  if #page < STEP then return answer end
  from = '(' .. page[#page][1]
end
`)
