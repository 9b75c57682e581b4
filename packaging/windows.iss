; Windows installer (Inno Setup 6). Untried: it has not been compiled yet.
;
;   pyinstaller packaging\uasrm.spec
;   iscc /DVersion=0.2.0 packaging\windows.iss

#ifndef Version
  #error "Say which version: iscc /DVersion=0.2.0 packaging\windows.iss"
#endif

[Setup]
AppId={{5C0B3C0A-7B0C-4C0E-9C52-2B4E7E0A51D3}
AppName=UASRM
AppVersion={#Version}
AppPublisher=The UASRM authors
DefaultDirName={autopf}\UASRM
DefaultGroupName=UASRM
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
Compression=lzma2
SolidCompression=yes
SourceDir=..
OutputDir=dist
OutputBaseFilename=uasrm-{#Version}-setup
LicenseFile=LICENSE
ChangesEnvironment=yes

[Files]
Source: "dist\uasrm\*"; DestDir: "{app}"; Flags: recursesubdirs createallsubdirs ignoreversion

[Icons]
Name: "{group}\UASRM"; Filename: "{app}\uasrm-gui.exe"

[Tasks]
Name: path; Description: "Let the command line find the program uasrm"; Flags: unchecked

[Registry]
Root: HKA; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; \
  ValueData: "{olddata};{app}"; Tasks: path; Check: not IsAdminInstallMode

[Run]
Filename: "{app}\uasrm-gui.exe"; Parameters: "--demo"; Description: "Open the demo"; \
  Flags: postinstall nowait skipifsilent unchecked
